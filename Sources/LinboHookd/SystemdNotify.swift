import Glibc
import HookWire

/// sd_notify(3): one datagram to the socket that systemd names.
package enum SystemdNotify {
    /// Nothing if no service manager listens; a message that can't be sent is lost.
    /// - Parameter state: such as `READY=1`.
    package static func send(_ state: String) {
        guard let name = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }) else { return }
        send(state, to: name)
    }

    /// - Parameter name: a path, or `@` and an abstract name (unix(7)); systemd's other kinds are for virtual machines.
    static func send(_ state: String, to name: String) {
        guard name.hasPrefix("/") || name.hasPrefix("@") else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(state.utf8)
        func send(_ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
            Int32(truncatingIfNeeded: sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length))
        }
        if name.hasPrefix("@") { withAbstractAddress(name.dropFirst(), send) } else { _ = withUnixAddress(name, send) }
    }

    /// The name begins behind a zero byte, and ends with the address, not with a zero byte of its own.
    private static func withAbstractAddress(
        _ name: Substring, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = [0] + Array(name.utf8)
        guard bytes.count <= MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + bytes.count } ?? 0
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = body($0, socklen_t(length)) }
        }
    }
}
