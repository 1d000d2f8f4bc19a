import CLinux
import DequeModule
import Foundation
import LinuxKit

/// Threads of TFTP's own for what may wait: plugins ask databases and files, which the runtime's few threads must not wait
/// for. One that hangs is replaced (`grow`), so that it takes nobody else's turn.
final class Workers: TaskExecutor, @unchecked Sendable {
    /// Guards all below; that is why this may be called Sendable.
    private let condition = NSCondition()
    private var jobs: Deque<UnownedJob> = []
    private var threads = 0
    private var idle = 0
    private var limit: Int

    init(_ limit: Int) {
        self.limit = limit
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            jobs.append(job)
            if idle < jobs.count, threads < limit {
                threads += 1
                NamedThread.start("tftp-ask") { [self] in work() }
            }
            condition.signal()
        }
    }

    /// One thread hangs: another takes its place.
    func grow() {
        condition.withLock { limit += 1 }
    }

    /// The thread that hung is back.
    func shrink() {
        condition.withLock {
            limit -= 1
            condition.signal()
        }
    }

    private func work() {
        let executor = asUnownedTaskExecutor()
        while let job = next() { job.runSynchronously(on: executor) }
    }

    /// Waits for one; nil: this thread is one too many.
    private func next() -> UnownedJob? {
        condition.withLock {
            idle += 1
            defer { idle -= 1 }
            while true {
                if threads > limit {
                    threads -= 1
                    return nil
                }
                if let job = jobs.popFirst() { return job }
                condition.wait()
            }
        }
    }
}
