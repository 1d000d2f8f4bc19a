import Glibc
import Synchronization

/// Ports that nobody listens on.
package enum FreePort {
    /// Below the ports that the kernel gives to clients, so that none takes it before a server does.
    private static let last = Atomic<UInt16>(UInt16.random(in: 20_000...28_000))

    /// One that this process was not given before, free for TCP and UDP.
    package static func next() throws -> UInt16 {
        for _ in 0..<1000 {
            let port = last.wrappingAdd(1, ordering: .relaxed).newValue
            if !listens(port), RawClient.isFree(port) { return port }
        }
        throw NeverCame(description: "a free port")
    }

    /// Whether somebody takes connections there.
    package static func listens(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        return SocketAddress("127.0.0.1", port).withPointer { connect(descriptor, $0, $1) } == 0
    }
}
