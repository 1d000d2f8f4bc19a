import Glibc
import HookWire

/// sd_notify(3): one datagram to the socket that systemd names.
package enum SystemdNotify {
    /// Nothing if no service manager listens; a message that can't be sent is lost.
    /// - Parameter state: such as `READY=1`.
    package static func send(_ state: String) {
        guard let name = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), name.hasPrefix("/") else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array(state.utf8)
        _ = withUnixAddress(name) { address, length in
            Int32(truncatingIfNeeded: sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, length))
        }
    }
}
