import CLinux
import DequeModule
import Glibc
import LinuxKit
import Synchronization

/// One thread for all sessions: it runs their tasks, and waits for their sockets while none has anything to do.
final class PollLoop: SerialExecutor {
    /// Why a wait is over.
    enum Readiness { case ready, late, cancelled }

    private struct Wait {
        let descriptor: Int32
        let events: Int16
        /// Of the monotonic clock, in nanoseconds.
        let deadline: UInt64
        let continuation: CheckedContinuation<Readiness, Never>
    }

    private struct State: Sendable {
        var jobs: Deque<UnownedJob> = []
        var waits: [UInt64: Wait] = [:]
        var lastNumber: UInt64 = 0
        var isRunning = false
    }

    private let name: String
    private let state = Mutex(State())
    /// Readable when there are jobs, or a wait has come or gone. It lives as long as the process.
    private let bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))

    /// - Parameter name: the thread's, which starts with the first job.
    init(_ name: String) {
        self.name = name
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let starts = state.withLock { state in
            state.jobs.append(job)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts { NamedThread.start(name) { [self] in work() } } else { ring() }
    }

    /// Until the socket is ready, the deadline has passed, or the task is cancelled. It waits from the call on: nothing
    /// runs on the loop between a look at what has come and this.
    /// - Parameter events: of poll(2).
    @SSHLoop
    func wait(for events: Int16, at descriptor: Int32, until deadline: UInt64) async -> Readiness {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let wait = Wait(
                    descriptor: descriptor, events: events, deadline: deadline, continuation: continuation)
                // A task is cancelled before its handler runs: that finds the wait, or this the cancellation.
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    state.waits[number] = wait
                    return false
                }
                if isCancelled { continuation.resume(returning: .cancelled) } else { ring() }
            }
        } onCancel: {
            end(number, .cancelled)
        }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    private func work() {
        let executor = asUnownedSerialExecutor()
        while true {
            while let job = state.withLock({ $0.jobs.popFirst() }) { job.runSynchronously(on: executor) }
            poll()
        }
    }

    private func poll() {
        let waits = state.withLock {
            $0.waits.map { ($0.key, $0.value.descriptor, $0.value.events, $0.value.deadline) }
        }
        var entries = [pollfd(fd: bell, events: Int16(POLLIN), revents: 0)]
        entries += waits.map { pollfd(fd: $0.1, events: $0.2, revents: 0) }
        _ = Glibc.poll(&entries, nfds_t(entries.count), Self.pause(until: waits.map(\.3).min()))
        if entries[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(bell, &count, 8)
        }
        let now = MonotonicClock.now()
        for ((number, _, _, deadline), entry) in zip(waits, entries.dropFirst()) {
            guard entry.revents != 0 || deadline <= now else { continue }
            end(number, entry.revents != 0 ? .ready : .late)
        }
    }

    /// Unless it has ended otherwise.
    private func end(_ number: UInt64, _ readiness: Readiness) {
        state.withLock { $0.waits.removeValue(forKey: number) }?.continuation.resume(returning: readiness)
    }

    /// Milliseconds for poll(2); -1: as long as it takes.
    private static func pause(until deadline: UInt64?) -> Int32 {
        guard let deadline else { return -1 }
        let now = MonotonicClock.now()
        return deadline > now ? Int32(clamping: (deadline - now) / 1_000_000 + 1) : 0
    }
}
