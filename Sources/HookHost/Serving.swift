import Synchronization

/// What requests are answered with right now. A reload exchanges it as a whole; a request that has begun goes on with
/// what it began with.
package final class Serving: Sendable {
    /// What belongs together: a runtime's plugins know the hosts of the same configuration.
    package struct Parts: Sendable {
        /// Answers requests.
        package let runtime: Runtime
        /// Says whose an address is.
        package let hosts: HostDirectory

        /// Of one configuration.
        package init(runtime: Runtime, hosts: HostDirectory) {
            self.runtime = runtime
            self.hosts = hosts
        }
    }

    private let parts: Mutex<Parts>

    /// - Parameter parts: what counts until the first `exchange`.
    package init(_ parts: Parts) {
        self.parts = Mutex(parts)
    }

    /// To be read once for a request, so that all of it is of one configuration.
    package var current: Parts { parts.withLock { $0 } }

    /// From now on `current` is the new one.
    package func exchange(_ new: Parts) {
        parts.withLock { $0 = new }
    }
}
