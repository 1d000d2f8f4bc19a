import Synchronization

/// What requests are answered with right now. A reload exchanges it as a whole; a request that has begun goes on with
/// what it began with.
package final class Serving: Sendable {
    package struct Parts: Sendable {
        package let runtime: Runtime
        package let hosts: HostDirectory

        package init(runtime: Runtime, hosts: HostDirectory) {
            self.runtime = runtime
            self.hosts = hosts
        }
    }

    private let parts: Mutex<Parts>

    package init(_ parts: Parts) {
        self.parts = Mutex(parts)
    }

    package var current: Parts { parts.withLock { $0 } }

    package func exchange(_ new: Parts) {
        parts.withLock { $0 = new }
    }
}
