import Glibc
import LinboModel
import LinuxKit

/// A connection that libssh gets when it stands: only so a silent PC is told from one that refuses.
enum TCPSocket {
    /// Seconds without a sign of life after which the kernel asks, and between its questions; after three it gives up. A
    /// PC that boots another system says no farewell.
    private static let keepAlive: [(Int32, Int32)] = [(TCP_KEEPIDLE, 5), (TCP_KEEPINTVL, 3), (TCP_KEEPCNT, 3)]
    private static let answerLimit: Int32 = 15_000

    @SSHLoop
    static func connect(to address: IPAddress, port: UInt16, within limit: Duration) async throws(SSHError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let name = SocketName(address.bytes, port: port)
        let descriptor = socket(name.family, kind, 0)
        guard descriptor >= 0 else { throw .broken(String(cString: strerror(errno))) }
        do throws(SSHError) {
            set(descriptor)
            var code = name.withPointer { Glibc.connect(descriptor, $0, $1) } == 0 ? 0 : errno
            if code == EINPROGRESS { code = try await finish(descriptor, within: limit) }
            switch code {
            case 0: return descriptor
            case ECONNREFUSED: throw .refused
            case EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EHOSTDOWN: throw .silent(limit)
            default: throw .broken(String(cString: strerror(code)))
            }
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func set(_ descriptor: Int32) {
        func set(_ level: Int32, _ name: Int32, _ value: Int32) {
            var value = value
            setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        for (name, value) in keepAlive { set(Int32(IPPROTO_TCP), name, value) }
        set(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, answerLimit)
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// - Returns: the socket's error.
    @SSHLoop
    private static func finish(_ descriptor: Int32, within limit: Duration) async throws(SSHError) -> Int32 {
        let until = MonotonicClock.moment(after: limit)
        switch await SSHLoop.loop.wait(for: Int16(POLLOUT), at: descriptor, until: until) {
        case .ready: break
        case .late: throw .silent(limit)
        case .cancelled: throw .cancelled
        }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        return code
    }
}
