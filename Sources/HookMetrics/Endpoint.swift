import CLinux
import Glibc
import LinboModel
import LinuxKit
import Logging

/// The listening socket and its few clients, on one thread: whoever hangs here takes nothing that clients which boot
/// need.
///
/// A new client takes the place of the oldest of its own address, or of the address with most, when there are too many:
/// one that asks is answered within milliseconds, so only those that hang grow old.
final class Endpoint: Sendable {
    /// Of all addresses, and of one.
    static let mostVisitors = 16
    static let mostOfOne = 8
    /// Milliseconds for a client's request and for its reading of the answer, together.
    static let patience: Int64 = 10_000
    /// Milliseconds between two tries, and between two lines in the log, while there are no descriptors.
    private static let rest: Int64 = 500
    private static let silence: Int64 = 60_000

    private let descriptor: Int32
    private let logger: Logger

    /// Binds the address and listens.
    /// - Throws: `SystemError` that names it.
    init(_ address: ListenAddress, logger: Logger) throws(SystemError) {
        self.logger = logger
        let name = SocketName(address.address.bytes, port: address.port)
        let descriptor = socket(
            name.family,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket", "\(address)") }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        // 0.0.0.0 and [::] are two sockets.
        if name.family == AF_INET6 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        guard name.withPointer({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 64) == 0 else {
            let error = SystemError("bind", "\(address)")
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// That it is bound to.
    var port: UInt16 {
        var name = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
        }
        // It lies at the same place in sockaddr_in.
        return UInt16(bigEndian: name.sin6_port)
    }

    /// Has `serve` return. From any thread.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Answers until `stop`. Blocks.
    func serve(_ metrics: () -> [UInt8]) {
        var visitors = Visitors()
        var pausedUntil: Int64 = 0
        var toldAt = -Self.silence
        while true {
            let now = Self.now()
            let listens = pausedUntil <= now
            let listener = pollfd(fd: listens ? descriptor : -1, events: Int16(POLLIN), revents: 0)
            var entries = [listener] + visitors.interests
            let wait = min(visitors.nextEnd ?? now + 60_000, listens ? .max : pausedUntil) - now
            guard poll(&entries, nfds_t(entries.count), Int32(clamping: max(0, wait))) >= 0 || errno == EINTR else {
                // Out of kernel memory: nothing else can be wrong with these.
                pausedUntil = now + Self.rest
                _ = poll(nil, 0, 100)
                continue
            }
            visitors.advance(Set(entries.dropFirst().filter { $0.revents != 0 }.map(\.fd)), metrics)
            visitors.removeLate(at: Self.now())
            guard listens, entries[0].revents != 0 else { continue }
            switch acceptAll(&visitors) {
            case 0, EAGAIN, EINTR, ECONNABORTED: break
            case EINVAL: return
            case let code:
                pausedUntil = Self.now() + Self.rest
                guard now - toldAt >= Self.silence else { break }
                toldAt = now
                logger.error("metrics: \(SystemError("accept", "metrics.listen", code: code)); tried again")
            }
        }
    }

    /// - Returns: what accept(2) failed with at last.
    private func acceptAll(_ visitors: inout Visitors) -> Int32 {
        for _ in 0..<Self.mostVisitors {
            var name = sockaddr_in6()
            var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
            let client = withUnsafeMutablePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    clinux_accept(descriptor, $0, &size)
                }
            }
            guard client >= 0 else { return errno }
            visitors.add(client, address: Self.address(name), end: Self.now() + Self.patience)
        }
        return 0
    }

    private static func address(_ name: sockaddr_in6) -> [UInt8] {
        withUnsafeBytes(of: name) { bytes in
            // sockaddr_in's address lies at byte 4, sockaddr_in6's at byte 8.
            Array(name.sin6_family == sa_family_t(AF_INET) ? bytes[4..<8] : bytes[8..<24])
        }
    }

    /// Milliseconds on the clock that never jumps.
    static func now() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
