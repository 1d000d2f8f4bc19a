/// Whoever waits for the request under way, as far as its transport can tell.
package enum Caller {
    /// Whether it has given up. linbo-hook turns to `once` when the daemon is silent for too long; what would be
    /// claimed for it after that would be claimed for nobody.
    @TaskLocal package static var isGone: @Sendable () -> Bool = { false }
}
