import Dispatch

/// Runs tasks that wait for the disk or for locks on threads of their own, as the runtime has but one thread a core for
/// all who serve clients.
package final class BlockingExecutor: TaskExecutor {
    private let queue: DispatchQueue

    /// - Parameters:
    ///   - label: the threads', for debuggers.
    ///   - isConcurrent: whether there are several.
    package init(label: String, isConcurrent: Bool = false) {
        queue = DispatchQueue(label: label, attributes: isConcurrent ? .concurrent : [])
    }

    /// Called by the runtime for each part of a task that prefers this executor.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
