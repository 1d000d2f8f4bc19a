import Foundation
import Glibc
import Synchronization

/// A server that takes connections, and resets each.
package final class Resetting: Sendable {
    private let descriptor: Int32
    private let hasEnded = Mutex(false)

    /// - Parameter times: so many connections; then nobody listens any more.
    package init(at place: SocketAddress, times: Int = .max) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        guard place.withPointer({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 5) == 0 else {
            close(descriptor)
            throw POSIXError(.EADDRINUSE)
        }
        Thread.detachNewThread { [self] in
            for _ in 0..<times {
                let client = accept(descriptor, nil, nil)
                guard client >= 0 else { break }
                var hard = linger(l_onoff: 1, l_linger: 0)
                setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
                close(client)
            }
            hasEnded.withLock {
                close(descriptor)
                $0 = true
            }
        }
    }

    /// Whether nobody listens any more.
    package var isOver: Bool { hasEnded.withLock { $0 } }

    /// Takes no more connections.
    package func stop() { hasEnded.withLock { if !$0 { shutdown(descriptor, Int32(SHUT_RDWR)) } } }
}
