import Foundation
import Synchronization

/// Ports of raw clients. A server goes on sending to a client that has gone: were its port given to the next one of the
/// same address, by another test or by curl, that one would get packets that it never asked for.
enum ClientPorts {
    /// Below the kernel's own, which other programs get, and below those of `FreePort`.
    private static let range: Range<UInt16> = 10_000..<20_000
    private static let next = Mutex<[String: UInt16]>([:])

    /// A socket on a port that no raw client of this process had at this address.
    static func bound(_ host: String) throws -> (SocketAddress, descriptor: Int32) {
        for _ in range {
            let port = next.withLock { next in
                let port = next[host] ?? range.lowerBound
                next[host] = port + 1 < range.upperBound ? port + 1 : range.lowerBound
                return port
            }
            let address = SocketAddress(host, port)
            do {
                return (address, try RawClient.bound(address))
            } catch let error as POSIXError where error.code == .EADDRINUSE {
                continue
            }
        }
        throw NeverCame(description: "a free port at \(host)")
    }
}
