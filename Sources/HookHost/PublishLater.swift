/// What a plugin throws from `publishing` if the set must not go live yet: nothing is lost, and it is tried again
/// within a minute.
package struct PublishLater: Error, Sendable, CustomStringConvertible {
    /// In words, for the log.
    package let description: String

    /// - Parameter reason: what it waits for, in words for the log.
    package init(_ reason: String) {
        description = reason
    }
}
