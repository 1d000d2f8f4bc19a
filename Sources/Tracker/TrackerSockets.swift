import CLinux
import Glibc
import LinboModel
import LinuxKit
import Synchronization

/// What a tracker listens on: a port of TCP and the same one of UDP, for each address.
final class TrackerSockets: Sendable {
    /// Of TCP and UDP.
    let connections: [Int32]
    let datagrams: [Int32]
    /// That the first address has.
    let port: UInt16
    private let isClosed = Atomic(false)

    /// Five hundred PCs that are switched on in the same second.
    private static let backlog: Int32 = 1024
    private static let bufferSize: Int32 = 1 << 20
    /// Tries to find a number that is free for both, where the kernel chooses.
    private static let tries = 20

    /// - Throws: `SystemError` that names the address: one of IPv6 (EAFNOSUPPORT), or one that can't be bound.
    init(_ settings: TrackerSettings) throws(SystemError) {
        var (connections, datagrams): ([Int32], [Int32]) = ([], [])
        do throws(SystemError) {
            for address in settings.listen {
                guard address.address.isIPv4 else { throw SystemError("bind", "\(address)", code: EAFNOSUPPORT) }
                let (tcp, udp) = try Self.pair(address, patience: settings.patience)
                connections.append(tcp)
                datagrams.append(udp)
            }
        } catch {
            for descriptor in connections + datagrams { Glibc.close(descriptor) }
            throw error
        }
        (self.connections, self.datagrams) = (connections, datagrams)
        port = connections.first.map(Self.port) ?? 0
    }

    deinit { close() }

    /// Has nobody ask any more.
    func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for descriptor in connections + datagrams { Glibc.close(descriptor) }
    }

    private static func pair(_ address: ListenAddress, patience: UInt32) throws(SystemError) -> (Int32, Int32) {
        var tries = address.port == 0 ? tries : 1
        while true {
            tries -= 1
            let tcp = try bound(SOCK_STREAM, address)
            do throws(SystemError) {
                // A connection is not there for us before its request is: most take one look.
                set(tcp, Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, Int32(clamping: patience))
                guard listen(tcp, backlog) == 0 else { throw SystemError("listen", "\(address)") }
                let udp = try bound(SOCK_DGRAM, ListenAddress(address: address.address, port: port(tcp)))
                if !set(udp, SOL_SOCKET, SO_RCVBUFFORCE, bufferSize) { set(udp, SOL_SOCKET, SO_RCVBUF, bufferSize) }
                // Bound to all addresses: an answer has to come from the one that was asked.
                if address.address.v4 == 0 { clinux_want_local_address(udp, AF_INET) }
                return (tcp, udp)
            } catch {
                Glibc.close(tcp)
                guard error.code == EADDRINUSE, tries > 0 else { throw error }
            }
        }
    }

    private static func bound(_ kind: __socket_type, _ address: ListenAddress) throws(SystemError) -> Int32 {
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, Int32(kind.rawValue) | flags, 0)
        guard descriptor >= 0 else { throw SystemError("socket", "\(address)") }
        // Connections of a daemon that has just ended don't count. For UDP it would let two have the same port.
        if kind == SOCK_STREAM { set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) }
        let result = SocketName(address.address.bytes, port: address.port).withPointer { bind(descriptor, $0, $1) }
        guard result == 0 else {
            let error = SystemError("bind", "\(address)")
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func port(_ descriptor: Int32) -> UInt16 {
        var name = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
        }
        return UInt16(bigEndian: name.sin_port)
    }

    @discardableResult
    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) -> Bool {
        var value = value
        return setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
    }
}
