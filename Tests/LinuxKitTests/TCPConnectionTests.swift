import Glibc
import LinuxKit
import Testing

/// What the kernel tells of connections.
@Suite struct TCPConnectionTests {
    /// A connection over a family's loopback: the server's end, the client's, and the server's port.
    private static func connected(_ family: Int32) throws -> (server: Int32, client: Int32, port: UInt16) {
        let listener = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_storage()
        address.ss_family = sa_family_t(family)
        if family == AF_INET {
            withUnsafeMutableBytes(of: &address) {
                $0.bindMemory(to: sockaddr_in.self)[0].sin_addr.s_addr = 0x0100_007F
            }
        } else {
            withUnsafeMutableBytes(of: &address) {
                $0.bindMemory(to: sockaddr_in6.self)[0].sin6_addr = in6addr_loopback
            }
        }
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let client = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        let results = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                [
                    bind(listener, address, size), listen(listener, 1), getsockname(listener, address, &size),
                    connect(client, address, size),
                ]
            }
        }
        try #require(results == [0, 0, 0, 0], "\(results), errno \(errno)")
        let port = withUnsafeBytes(of: address) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
        return (accept(listener, nil, nil), client, port)
    }

    @Test("as much as the other side has acknowledged, of the connection that it is", arguments: [AF_INET, AF_INET6])
    func acknowledged(_ family: Int32) throws {
        let (server, client, port) = try Self.connected(family)
        defer {
            close(server)
            close(client)
        }
        let before = try #require(try TCPConnection.all().first { $0.localPort == port })
        #expect(before.peer == (family == AF_INET ? [127, 0, 0, 1] : Array(repeating: 0, count: 15) + [1]))
        let bytes = [UInt8](repeating: 7, count: 100_000)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(server, $0.baseAddress, min($0.count, 10_000), 0) }
            try #require(count > 0)
            sent += count
            var buffer = [UInt8](repeating: 0, count: count)
            #expect(recv(client, &buffer, count, Int32(MSG_WAITALL)) == count)
        }
        // The last acknowledgment is on its way within the kernel when the bytes are read.
        var after: TCPConnection?
        for _ in 0..<10_000 where after?.acknowledged ?? 0 < before.acknowledged + 100_000 {
            after = try TCPConnection.all().first { $0.localPort == port }
        }
        #expect(after?.acknowledged == before.acknowledged + 100_000)
    }
}
