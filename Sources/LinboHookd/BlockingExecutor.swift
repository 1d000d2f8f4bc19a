import Dispatch

/// Runs tasks that wait for the disk for minutes on a thread of their own, as the runtime has but one thread a core for
/// all who serve clients.
final class BlockingExecutor: TaskExecutor {
    private let queue: DispatchQueue

    /// - Parameter label: the thread's, for debuggers.
    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
