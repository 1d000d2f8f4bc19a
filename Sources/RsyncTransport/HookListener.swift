import Foundation
import HookHost
package import HookWire
import LinuxKit
package import Logging
import Synchronization

/// accept(2) that sets flags as well, in one call; the Glibc module leaves it out.
@_silgen_name("accept4")
private func accept4(
    _ socket: Int32, _ address: UnsafeMutablePointer<sockaddr>?, _ length: UnsafeMutablePointer<socklen_t>?,
    _ flags: Int32
) -> Int32

/// The unix socket that linbo-hook and linboctl ask. Only root and the daemon's own user are answered.
package final class HookListener: Sendable {
    /// Answers a frame; the closure says whether the caller has hung up meanwhile.
    package typealias Handler = @Sendable (HookFrame, @escaping @Sendable () -> Bool) async -> HookReply

    private let path: String
    private let descriptor: Int32
    private let handler: Handler
    private let logger: Logger
    private let waiting = Mutex<[Int32: Call]>([:])
    private let owner = geteuid()
    private let longest: @Sendable (HookFrame) -> Duration
    /// Threads that wait for a call, and all of them.
    private let idle = Atomic<Int>(0)
    private let threads = Atomic<Int>(0)
    /// Where calls go on that had to wait.
    private let resumed = BlockingExecutor(label: "hooks", isConcurrent: true)

    /// One that is under way.
    private struct Call {
        let since: ContinuousClock.Instant
        /// No sign of life is given after that.
        let until: ContinuousClock.Instant
    }

    /// Milliseconds between two signs of life to hooks that wait; `hook.wait` is longer.
    private static let pulseInterval: Int32 = 400

    /// More than cores: some may be held up by a locked database.
    private static let usualThreads = max(4, 2 * ProcessInfo.processInfo.activeProcessorCount)
    /// When all are held up, by a mount that hangs or a lock, there are more of them.
    private static let mostThreads = 64
    /// Milliseconds between two looks whether all are.
    private static let lookInterval: Int32 = 100

    /// Milliseconds for a hook to send its question: it writes it in one go.
    private static let patience = 1000

    /// Binds the socket, mode 0660.
    /// - Parameter longest: how long a call may take until its hook is no longer asked to wait, and turns to `once`.
    /// - Throws: `SystemError`; `EADDRINUSE` if another daemon answers there.
    package init(
        path: String, longest: @escaping @Sendable (HookFrame) -> Duration = { _ in .seconds(60) }, logger: Logger,
        handler: @escaping Handler
    ) throws {
        self.path = path
        self.longest = longest
        self.handler = handler
        self.logger = logger
        descriptor = try Self.bind(path)
    }

    deinit {
        close(descriptor)
    }

    /// Answers until the task is cancelled.
    package func run() async {
        for _ in 0..<Self.usualThreads { startAccepting() }
        NamedThread.start("signs of life") { self.pulseAll() }
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        unlink(path)
        // Wakes the threads out of accept(2) and poll(2).
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func startAccepting() {
        threads.add(1, ordering: .relaxed)
        NamedThread.start("hook socket") {
            self.acceptAll()
            self.threads.subtract(1, ordering: .relaxed)
        }
    }

    // MARK: Calls

    /// One of several threads. Each takes a call and works on it until its end, or until it has to wait for something
    /// else than the disk: handing it to another thread would cost as much as most calls.
    private func acceptAll() {
        while true {
            // Those that were started while all others were held up.
            if idle.load(ordering: .relaxed) >= Self.usualThreads { return }
            idle.add(1, ordering: .relaxed)
            let client = accept4(descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
            idle.subtract(1, ordering: .relaxed)
            if client < 0 {
                guard [EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE].contains(errno) else { return }
                // Out of descriptors: linbo-hook waits or turns to `once`; a short rest keeps this from spinning.
                if errno == EMFILE || errno == ENFILE { poll(nil, 0, 10) }
                continue
            }
            guard isTrusted(client) else {
                logger.warning("\(path): a process of another user was turned away")
                close(client)
                continue
            }
            Task.immediate(executorPreference: resumed) { await self.answer(HookSocket(owning: client)) }
        }
    }

    private func answer(_ socket: consuming HookSocket) async {
        let reply: HookReply
        do {
            guard let frame = try socket.readFrame(before: Deadline(inMilliseconds: Self.patience)) else { return }
            let descriptor = socket.descriptor
            let now = ContinuousClock.now
            waiting.withLock { $0[descriptor] = Call(since: now, until: now + longest(frame)) }
            reply = await handler(frame) { Self.hasHungUp(descriptor) }
            _ = waiting.withLock { $0.removeValue(forKey: descriptor) }
        } catch {
            reply = HookReply(.refuse, "linbo-hookd: \(error)")
        }
        _ = socket.write(reply.encoded(), before: Deadline(inMilliseconds: Self.patience))
    }

    private static func hasHungUp(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&entry, 1, 0) > 0 && entry.revents & Int16(POLLHUP | POLLERR) != 0
    }

    /// On a thread of its own, so that hooks are told to wait also while all others are busy.
    private func pulseAll() {
        // Woken by nothing but the clock and the socket's end.
        var listening = pollfd(fd: descriptor, events: 0, revents: 0)
        var looks: Int32 = 0
        while true {
            let ready = poll(&listening, 1, Self.lookInterval)
            guard ready == 0 || (ready < 0 && errno == EINTR) else { return }
            let isHeldUp = idle.load(ordering: .relaxed) == 0
            if isHeldUp, threads.load(ordering: .relaxed) < Self.mostThreads { startAccepting() }
            looks += 1
            if looks % (Self.pulseInterval / Self.lookInterval) == 0 { pulse() }
        }
    }

    /// Tells every hook that has waited for a while to go on waiting.
    private func pulse() {
        let hold = HookReply(.hold).encoded()
        let now = ContinuousClock.now
        waiting.withLock { waiting in
            for (descriptor, call) in waiting where now - call.since > .milliseconds(300) && now < call.until {
                _ = hold.withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
                }
            }
        }
    }

    // MARK: Socket

    private static func bind(_ path: String) throws -> Int32 {
        let directory = path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        if !directory.isEmpty, FileStatus(at: directory) == nil { try FileTree.makeDirectory(directory, mode: 0o755) }
        if HookSocket(connectingTo: path) != nil { throw SystemError("bind", path, code: EADDRINUSE) }
        // Nobody answers: what is left of a daemon that was killed.
        if FileStatus(at: path)?.kind == .other { unlink(path) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket", path) }
        // Its mode from the first moment on. umask(2) is the whole process's: what other threads make meanwhile would
        // be closed to everybody.
        fchmod(descriptor, 0o660)
        guard withUnixAddress(path, { Glibc.bind(descriptor, $0, $1) }) == 0, chmod(path, 0o660) == 0,
            listen(descriptor, 1024) == 0
        else {
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

    private func isTrusted(_ client: Int32) -> Bool {
        var peer = PeerCredentials()
        var size = socklen_t(MemoryLayout<PeerCredentials>.size)
        guard getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 else { return false }
        return peer.user == 0 || peer.user == owner
    }
}
