import Glibc
import HookHost
import LinboModel
import LinuxKit
import Testing

@testable import TFTPTransport

@Suite("UDP sockets")
struct SocketTests {
    /// Two daemons of one user would get each other's packets.
    @Test func aPortIsOfOneDaemonAlone() throws {
        let loopback = IPAddress(v4: 0x7F00_0001)
        let first = try UDPSocket(binding: ListenAddress(address: loopback, port: 0), sharing: .open)
        defer { close(first.descriptor) }
        let same = ListenAddress(address: first.address, port: first.port)
        #expect(same.address == loopback && same.port > 0)
        for sharing in [UDPSocket.Sharing.none, .open] {
            #expect(throws: SystemError.self) { try UDPSocket(binding: same, sharing: sharing) }
        }
        let sibling = try UDPSocket(binding: same, sharing: .joining)
        close(sibling.descriptor)
    }

    @Test func aPortOfNobodyIsJoinedByNobodyElse() throws {
        let loopback = IPAddress(v4: 0x7F00_0001)
        let alone = try UDPSocket(binding: ListenAddress(address: loopback, port: 0), sharing: .none)
        defer { close(alone.descriptor) }
        let same = ListenAddress(address: loopback, port: alone.port)
        #expect(throws: SystemError.self) { try UDPSocket(binding: same, sharing: .joining) }
    }
}
