import CLinux
import Glibc
package import LinboModel
package import LinuxKit

/// A UDP socket that answers from the address that was asked.
package struct UDPSocket: Sendable, Hashable {
    /// Nonblocking. Whoever opened the socket closes it.
    package let descriptor: Int32
    /// Whether its addresses are `sockaddr_in`, and not `sockaddr_in6`.
    package let isIPv4: Bool

    /// Five hundred PCs that are switched on in the same second fit in (udp(7): a packet takes about a kilobyte here).
    private static let bufferSize: Int32 = 8 << 20

    /// Who else may have the same address and port (SO_REUSEPORT, socket(7)).
    package enum Sharing: Sendable {
        case none
        /// Nobody at first, not another daemon of the same user either; those that join from now on.
        case open
        case joining
    }

    /// Opens and binds one.
    /// - Throws: `SystemError` that names address and port.
    package init(binding address: ListenAddress, sharing: Sharing) throws(SystemError) {
        isIPv4 = address.address.isIPv4
        descriptor = socket(
            isIPv4 ? AF_INET : AF_INET6,
            Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket", "\(address)") }
        // 0.0.0.0 and [::] are two sockets.
        if !isIPv4 { set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        if sharing == .joining { set(SOL_SOCKET, SO_REUSEPORT, 1) }
        configure()
        let result = SocketName(address.address.bytes, port: address.port).withPointer { bind(descriptor, $0, $1) }
        guard result == 0 else {
            let error = SystemError("bind", "\(address)")
            close(descriptor)
            throw error
        }
        if sharing == .open { set(SOL_SOCKET, SO_REUSEPORT, 1) }
    }

    /// One that systemd has bound (sd_listen_fds(3)); nil for a descriptor that is no UDP socket.
    package init?(inherited descriptor: Int32) {
        var kind: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &size) == 0, kind == Int32(SOCK_DGRAM.rawValue) else {
            return nil
        }
        var family: Int32 = 0
        guard getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 else { return nil }
        self.descriptor = descriptor
        isIPv4 = family == AF_INET
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        configure()
    }

    /// The port that it is bound to.
    package var port: UInt16 { peer?.port ?? 0 }

    /// The address that it is bound to; 0.0.0.0 or [::] stand for all of this machine's.
    var address: IPAddress { peer?.address ?? IPAddress(v4: 0) }

    /// getsockname(2).
    private var peer: Peer? {
        var name = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        return withUnsafeMutablePointer(to: &name) { pointer in
            let result = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &size)
            }
            return result == 0 ? Peer(pointer) : nil
        }
    }

    /// From now on packets tell to which address they came.
    func wantLocalAddresses() {
        clinux_want_local_address(descriptor, isIPv4 ? AF_INET : AF_INET6)
    }

    private func configure() {
        // As root beyond net.core.rmem_max, else up to it.
        if !set(SOL_SOCKET, SO_RCVBUFFORCE, Self.bufferSize) { set(SOL_SOCKET, SO_RCVBUF, Self.bufferSize) }
        if !set(SOL_SOCKET, SO_SNDBUFFORCE, Self.bufferSize) { set(SOL_SOCKET, SO_SNDBUF, Self.bufferSize) }
        clinux_want_arrival_time(descriptor)
    }

    @discardableResult
    private func set(_ level: Int32, _ option: Int32, _ value: Int32) -> Bool {
        var value = value
        return setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
    }
}
