import CLinux
import Glibc

/// A TCP connection of this network namespace that still sends, as the kernel tells it to everybody (sock_diag(7)).
package struct TCPConnection: Sendable, Equatable {
    /// 4 or 16 bytes in network order; an IPv4 client of an IPv6 socket has 16.
    package let peer: [UInt8]
    /// Of this machine.
    package let localPort: UInt16
    /// Of what was sent, so many bytes have reached the other side.
    package let acknowledged: Int64

    /// A server of some thousand clients has fewer.
    private static let most = 65_536

    /// All there are now. Blocks, half a second at most.
    /// - Throws: `SystemError`.
    package static func all() throws(SystemError) -> [TCPConnection] {
        try all(AF_INET) + all(AF_INET6)
    }

    private static func all(_ family: Int32) throws(SystemError) -> [TCPConnection] {
        var room = 1024
        while true {
            var found = 0
            let connections = [clinux_tcp](unsafeUninitializedCapacity: room) { buffer, count in
                found = clinux_tcp_connections(family, buffer.baseAddress, room)
                count = max(0, min(found, room))
            }
            guard found >= 0 else { throw SystemError("sock_diag", family == AF_INET ? "IPv4" : "IPv6") }
            guard found > room, room < most else { return connections.map(TCPConnection.init) }
            room = min(most, found * 2)
        }
    }

    private init(_ connection: clinux_tcp) {
        peer = withUnsafeBytes(of: connection.peer) { Array($0.prefix(connection.family == AF_INET ? 4 : 16)) }
        localPort = connection.local_port
        acknowledged = Int64(clamping: connection.acknowledged)
    }
}
