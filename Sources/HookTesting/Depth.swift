/// How far down a fetch goes. A plugin answers the same at each, so one test body serves for all:
/// `@Test(arguments: Depth.allCases)`.
package enum Depth: Sendable, CaseIterable {
    /// The runtime is asked, as transports ask it: the plugin and its chain alone.
    case plugin
    /// A client that speaks TFTP asks the real server.
    case tftp
    /// Debian's rsync asks Debian's rsyncd with the modules that `linboctl rsyncd-conf` prints. Its hooks run the
    /// `linbo-hook` that was built beside the test bundle, as `swift build --build-tests` does; the daemon that they
    /// ask is the test itself, so that it knows plugins of tests.
    case rsync
}
