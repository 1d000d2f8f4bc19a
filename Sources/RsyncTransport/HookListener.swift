import Foundation
package import HookHost
package import HookWire
package import Logging
import Synchronization

/// The unix socket that linbo-hook and linboctl ask. Only root and the daemon's own user are answered.
package final class HookListener: Sendable {
    /// Answers a frame; the closure says whether the caller has hung up meanwhile.
    package typealias Handler = @Sendable (HookFrame, @escaping @Sendable () -> Bool) async -> HookReply

    private let path: String
    private let descriptor: Int32
    private let handler: Handler
    private let logger: Logger
    private let waiting = Mutex(Waiting())

    private struct Waiting {
        /// Calls under way, by descriptor, and when they came.
        var calls: [Int32: ContinuousClock.Instant] = [:]
        var pulsed = ContinuousClock.now
    }

    /// Milliseconds between two signs of life to hooks that wait; `hook.wait` is longer.
    private static let pulseInterval: Int32 = 400

    /// Milliseconds for a hook to send its question: it writes it in one go.
    private static let patience = 1000

    /// Binds the socket, mode 0660.
    /// - Throws: `SystemError`; `EADDRINUSE` if another daemon answers there.
    package init(path: String, logger: Logger, handler: @escaping Handler) throws {
        self.path = path
        self.handler = handler
        self.logger = logger
        descriptor = try Self.bind(path)
    }

    deinit {
        close(descriptor)
    }

    /// Answers until the task is cancelled.
    package func run() async {
        let thread = Thread { self.acceptAll() }
        thread.name = "hook socket"
        thread.start()
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        unlink(path)
        // Wakes the thread out of poll(2).
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    // MARK: Calls

    /// On a thread of its own, so that hooks are told to wait also while all others are busy.
    private func acceptAll() {
        var listening = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            if poll(&listening, 1, Self.pulseInterval) == 0 { pulse() }
            guard listening.revents & Int16(POLLIN) != 0 else {
                if listening.revents != 0 { return }
                continue
            }
            let client = accept(descriptor, nil, nil)
            if client < 0 {
                guard [EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE].contains(errno) else { return }
                // Out of descriptors: linbo-hook waits or turns to `once`; a short rest keeps this from spinning.
                if errno == EMFILE || errno == ENFILE { poll(nil, 0, 10) }
                continue
            }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            guard Self.isTrusted(client) else {
                logger.warning("\(path): a process of another user was turned away")
                close(client)
                continue
            }
            Task { await self.answer(HookSocket(owning: client)) }
            pulseIfDue()
        }
    }

    private func answer(_ socket: consuming HookSocket) async {
        let deadline = Deadline(inMilliseconds: Self.patience)
        guard let header = socket.read(HookFrame.headerLength, before: deadline) else { return }
        let reply: HookReply
        do {
            let (call, length) = try HookFrame.header(header)
            guard let payload = socket.read(length, before: deadline) else { return }
            let frame = try HookFrame(call: call, payload: payload)
            let descriptor = socket.descriptor
            waiting.withLock { $0.calls[descriptor] = .now }
            reply = await handler(frame) { Self.hasHungUp(descriptor) }
            _ = waiting.withLock { $0.calls.removeValue(forKey: descriptor) }
        } catch {
            reply = HookReply(.refuse, "linbo-hookd: \(error)")
        }
        _ = socket.write(reply.encoded(), before: Deadline(inMilliseconds: Self.patience))
    }

    private static func hasHungUp(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLHUP | POLLERR) != 0
    }

    /// Under load there is always somebody to accept.
    private func pulseIfDue() {
        let isDue = waiting.withLock { $0.pulsed.duration(to: .now) > .milliseconds(Int(Self.pulseInterval)) }
        if isDue { pulse() }
    }

    /// Tells every hook that has waited for a while to go on waiting.
    private func pulse() {
        let hold = HookReply(.hold).encoded()
        let now = ContinuousClock.now
        waiting.withLock { waiting in
            waiting.pulsed = now
            for (descriptor, since) in waiting.calls where now - since > .milliseconds(300) {
                _ = hold.withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
                }
            }
        }
    }

    // MARK: Socket

    private static func bind(_ path: String) throws -> Int32 {
        let folder = path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        if !folder.isEmpty, FileStatus(at: folder) == nil { try Disk.makeFolder(folder, mode: 0o755) }
        if HookSocket(connectingTo: path) != nil { throw SystemError("bind", path, code: EADDRINUSE) }
        // Nobody answers: what is left of a daemon that was killed.
        if FileStatus(at: path)?.kind == .other { unlink(path) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket", path) }
        let mask = umask(0o117)
        defer { umask(mask) }
        guard withUnixAddress(path, { Glibc.bind(descriptor, $0, $1) }) == 0, listen(descriptor, 1024) == 0 else {
            let error = SystemError("bind", path)
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// `struct ucred` of unix(7), which the Glibc module leaves out.
    private struct PeerCredentials {
        var process: Int32 = 0
        var user: UInt32 = .max
        var group: UInt32 = .max
    }

    private static func isTrusted(_ client: Int32) -> Bool {
        var peer = PeerCredentials()
        var size = socklen_t(MemoryLayout<PeerCredentials>.size)
        guard getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 else { return false }
        return peer.user == 0 || peer.user == geteuid()
    }
}
