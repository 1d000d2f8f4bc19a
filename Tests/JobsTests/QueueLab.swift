import Foundation
import HookStore
import HookTesting
import Jobs
import LinuxKit
import Logging
import Synchronization

/// A queue in a directory of its own, and daemons that work on it.
final class QueueLab: Sendable {
    let directory = FileManager.default.temporaryDirectory.path + "/linbo-jobs-\(UUID().uuidString)"
    let store: Store
    let queue: JobQueue
    let log = LogLines()
    private let events = Mutex<[String]>([])

    init() throws {
        store = try Store(directory: directory, migrations: JobQueue.migrations, patience: .seconds(1))
        queue = JobQueue(store)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func add(_ key: String, kind: String = "k", lane: String? = nil, at now: Int64 = 1) throws -> Job {
        try add(JobWish(kind, subject: "s", parameters: key, lane: lane), at: now)
    }

    func add(_ wish: JobWish, by actor: String = "root", at now: Int64 = 1) throws -> Job {
        try store.record([]) { try JobQueue.add($0, wish, by: actor, now: now) }
    }

    func cancel(_ id: Int64, at now: Int64 = 1) throws -> Job? {
        try store.record([]) { try JobQueue.cancel($0, id, now: now) }
    }

    func retry(_ id: Int64, at now: Int64 = 1) throws -> Job? {
        try store.record([]) { try JobQueue.retry($0, id, now: now) }
    }

    func state(_ job: Job) throws -> Job.State? { try queue.job(job.id)?.state }

    /// What a daemon was told of a job's changes, in their order.
    func told(of job: Job) -> [String] {
        events.withLock { $0 }.filter { $0.hasPrefix("\(job.id) ") }.map { String($0.drop { $0 != " " }.dropFirst()) }
    }

    /// Has a daemon work as long as `body` takes; that it ended is part of it.
    func daemon(
        _ kinds: @escaping @Sendable () -> [JobKind], whileDoing body: () async throws -> Void
    ) async throws {
        let runner = JobRunner(
            queue, kinds: kinds, worker: "me", signal: AsyncSignal(), isAlive: { $0 == "other" },
            events: { [self] job in events.withLock { $0.append("\(job.id) \(job.state.rawValue)") } },
            logger: Logger(label: "jobs") { [log] _ in log })
        let running = Task { await runner.run() }
        do {
            try await body()
            running.cancel()
            await running.value
        } catch {
            running.cancel()
            await running.value
            throw error
        }
    }
}
