import Glibc
import HookTesting
import LinuxKit
import Synchronization

/// A client that sends bytes as the test says, over TCP or UDP.
final class RawSocket: Sendable {
    private let descriptor: Int32
    private let isClosed = Atomic(false)

    /// - Parameter local: the address that it asks from.
    init(_ kind: __socket_type, from local: String = "127.0.0.1", to port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let isConnected =
            SocketAddress(local, 0).withPointer { bind(descriptor, $0, $1) } == 0
            && SocketAddress("127.0.0.1", port).withPointer { connect(descriptor, $0, $1) } == 0
        guard isConnected else { throw SystemError("connect", "\(port)") }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) {
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// All until the server closes.
    func readToEnd() async throws -> [UInt8] {
        var all: [UInt8] = []
        try await eventually("the server closes") {
            while let part = read() {
                if part.isEmpty { return true }
                all += part
            }
            return false
        }
        return all
    }

    /// One packet.
    func receive() async throws -> [UInt8] {
        var packet: [UInt8] = []
        try await eventually("a packet") {
            packet = read() ?? []
            return !packet.isEmpty
        }
        return packet
    }

    /// nil if nothing is there yet; empty if nothing comes any more.
    private func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0 { return errno == EAGAIN || errno == EINTR ? nil : [] }
        return Array(buffer.prefix(count))
    }
}
