import Foundation
import Glibc
import Testing

@testable import LinboHookd

/// sd_notify(3)'s sockets.
@Suite struct SystemdNotifyTests {
    /// A datagram socket; `bytes` are its address's `sun_path`.
    private static func receiver(_ bytes: [UInt8]) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        try #require(result == 0, "\(String(cString: strerror(errno)))")
        return descriptor
    }

    private static func received(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    @Test("a path's and an abstract one") func kinds() throws {
        let name = "linbo-notify-\(UUID().uuidString)"
        let path = FileManager.default.temporaryDirectory.path + "/" + name
        let sockets = [
            ("@\(name)", try Self.receiver([0] + Array(name.utf8))), (path, try Self.receiver(Array(path.utf8) + [0])),
        ]
        defer {
            for (_, descriptor) in sockets { close(descriptor) }
            unlink(path)
        }
        for (name, descriptor) in sockets {
            SystemdNotify.send("READY=1", to: name)
            #expect(Self.received(descriptor) == "READY=1", "\(name)")
        }
    }

    @Test(
        "what is no socket of these, or can't be reached, is passed by",
        arguments: [
            "", "@", "vsock:2:1", "relative", "/nowhere/socket", "@" + String(repeating: "a", count: 108),
        ])
    func others(_ name: String) {
        SystemdNotify.send("READY=1", to: name)
    }
}
