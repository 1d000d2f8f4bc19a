import DequeModule
import Foundation

/// Threads for tasks that may block, on databases, files and programs, which the runtime's few threads must not. There
/// are as many as wait at the same time, up to a limit: other than a queue of Dispatch, which starts one a second when
/// all it has are blocked, so that a few tasks that hang hold up all others.
package final class ThreadPool: TaskExecutor, @unchecked Sendable {
    /// Guards all below; that is why this may be called Sendable.
    private let condition = NSCondition()
    private var jobs: Deque<UnownedJob> = []
    private var threads = 0
    private var idle = 0
    private var limit: Int
    private let name: String

    /// - Parameter name: the threads'.
    package init(_ name: String, limit: Int) {
        self.name = name
        self.limit = limit
    }

    /// Called by the runtime for each part of a task that prefers this executor; starts a thread if none is idle.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            jobs.append(job)
            startThread()
            condition.signal()
        }
    }

    /// One thread hangs: another takes its place, at once if something waits.
    package func grow() {
        condition.withLock {
            limit += 1
            startThread()
        }
    }

    /// If there is one job more than threads that will take one.
    private func startThread() {
        guard idle < jobs.count, threads < limit else { return }
        threads += 1
        NamedThread.start(name) { [self] in work() }
    }

    /// The thread that hung is back.
    package func shrink() {
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
