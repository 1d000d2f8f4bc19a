import Glibc
import LinuxKit
import Testing

@Suite struct SocketNameTests {
    private static func bytes(_ name: SocketName) -> [UInt8] {
        name.withPointer { Array(UnsafeRawBufferPointer(start: $0, count: Int($1))) }
    }

    @Test("the port and the address stand in it in network order, whatever the machine's is, and the rest is empty")
    func layout() {
        let four = SocketName([10, 0, 7, 1], port: 0x1234)
        #expect(four.family == AF_INET)
        #expect(Self.bytes(four) == [2, 0, 0x12, 0x34, 10, 0, 7, 1] + [UInt8](repeating: 0, count: 8))
        let address = [UInt8](1...16)
        let six = SocketName(address, port: 69)
        #expect(six.family == AF_INET6)
        #expect(Self.bytes(six) == [10, 0, 0, 69, 0, 0, 0, 0] + address + [0, 0, 0, 0])
    }

    @Test("what the kernel tells reads as what it was told")
    func reading() {
        let name = SocketName([10, 0, 7, 1], port: 0x1234)
        let told = name.withPointer { name, _ in UnsafeRawPointer(name).loadUnaligned(as: sockaddr_in.self) }
        #expect(SocketName(told) == name)
    }

    @Test("what is no address of either family is cut or filled up", arguments: [0, 3, 5, 17, 100])
    func strange(_ count: Int) {
        #expect(Self.bytes(SocketName([UInt8](repeating: 1, count: count), port: 1)).count == 28)
    }

    @Test(
        "the kernel takes it, and finds who listens there",
        arguments: [
            [127, 0, 0, 1], [UInt8](repeating: 0, count: 15) + [1],
        ])
    func connects(_ address: [UInt8]) throws {
        let name = SocketName(address, port: 0)
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let (listener, client) = (socket(name.family, kind, 0), socket(name.family, kind, 0))
        defer {
            close(listener)
            close(client)
        }
        try #require(name.withPointer { bind(listener, $0, $1) } == 0 && listen(listener, 1) == 0)
        var own = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let told = withUnsafeMutablePointer(to: &own) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &size) }
        }
        try #require(told == 0)
        // Both families have it at the same place.
        let port = UInt16(bigEndian: own.sin6_port)
        #expect(SocketName(address, port: port).withPointer { connect(client, $0, $1) } == 0)
    }
}
