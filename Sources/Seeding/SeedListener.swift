import CLinux
import Glibc
import LinboModel
import LinuxKit

/// Where peers connect to.
final class SeedListener: Sendable {
    let descriptor: Int32
    let port: UInt16

    /// Connections that may wait to be taken: a room that begins at once.
    private static let backlog: Int32 = 256

    /// On the first of these ports that is free.
    /// - Throws: `SystemError` of the last one that was tried.
    init(_ address: IPAddress, ports: some Sequence<UInt16>) throws(SystemError) {
        var failure = SystemError("listen", "\(address)", code: EADDRINUSE)
        for port in ports {
            let name = SocketName(address.bytes, port: port)
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = socket(name.family, type, 0)
            guard descriptor >= 0 else { throw SystemError("socket", "\(address)") }
            // The port of a daemon that has just ended.
            var on: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
            if name.withPointer({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, Self.backlog) == 0 {
                (self.descriptor, self.port) = (descriptor, port)
                return
            }
            failure = SystemError("listen", "\(address) port \(port)")
            close(descriptor)
        }
        throw failure
    }

    deinit { close(descriptor) }

    enum Arrival {
        /// Its descriptor does not block, and is the caller's to close.
        case peer(Int32, IPAddress, port: UInt16)
        /// Nobody waits.
        case none
        /// Somebody may, and there is no descriptor left for it.
        case exhausted
    }

    /// Who waits.
    func accept() -> Arrival {
        var name = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let taken = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                clinux_accept(descriptor, $0, &size)
            }
        }
        guard taken >= 0 else {
            return [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) ? .exhausted : .none
        }
        let (bytes, port): ([UInt8], UInt16) = withUnsafeBytes(of: name) { raw in
            if Int32(name.ss_family) == AF_INET {
                let name = raw.loadUnaligned(as: sockaddr_in.self)
                return (withUnsafeBytes(of: name.sin_addr) { Array($0) }, UInt16(bigEndian: name.sin_port))
            }
            let name = raw.loadUnaligned(as: sockaddr_in6.self)
            return (withUnsafeBytes(of: name.sin6_addr) { Array($0) }, UInt16(bigEndian: name.sin6_port))
        }
        guard let address = IPAddress(bytes: bytes) else {
            close(taken)
            return .none
        }
        // A block's header goes with its bytes (MSG_MORE), and nothing waits for what may follow.
        var on: Int32 = 1
        setsockopt(taken, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return .peer(taken, address, port: port)
    }
}
