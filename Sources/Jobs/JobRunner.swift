import HookConfig
import HookStore
import LinboModel
package import LinuxKit
package import Logging
import Synchronization

/// Does jobs while the daemon serves.
package final class JobRunner: Sendable {
    private let queue: JobQueue
    private let kinds: @Sendable () -> [JobKind]
    private let events: Events
    private let logger: Logger
    /// Of this process, as jobs note it.
    private let worker: String
    private let isAlive: @Sendable (String) -> Bool
    private let running = Mutex<[Int64: Running]>([:])
    private let signal: AsyncSignal
    /// What runs is told to stop by nobody's wish.
    private let isEnding = Atomic(false)

    private struct Running {
        let kind: String
        let task: Task<Void, Never>
    }

    /// Told of each change of a job's state.
    package typealias Events = @Sendable (Job) -> Void

    /// Jobs wait for disks, programs and databases.
    private static let threads = ThreadPool("jobs", limit: 64)
    /// What another process added is seen after so long; a look costs a query by an index.
    private static let interval = Duration.seconds(1)
    private static let longestPause: Int64 = 60_000

    /// - Parameters:
    ///   - kinds: those of this moment; one whose plugin is off waits.
    ///   - worker: this process, so that another one can tell whether it lives.
    ///   - signal: rings when there is something to do.
    package init(
        _ queue: JobQueue, kinds: @escaping @Sendable () -> [JobKind], worker: String, signal: AsyncSignal,
        isAlive: @escaping @Sendable (String) -> Bool, events: @escaping Events, logger: Logger
    ) {
        self.queue = queue
        self.kinds = kinds
        self.worker = worker
        self.signal = signal
        self.isAlive = isAlive
        self.events = events
        self.logger = logger
    }

    /// Until the task is cancelled: what runs then is told to stop, and begins anew with the next daemon if its kind
    /// may.
    package func run() async {
        await withTaskExecutorPreference(Self.threads) {
            while !Task.isCancelled {
                do { try look() } catch { logger.error("jobs: \(error)") }
                await signal.wait(atMost: Self.interval)
            }
        }
        isEnding.store(true, ordering: .releasing)
        let left = running.withLock { Array($0.values) }
        for job in left { job.task.cancel() }
        for job in left { await job.task.value }
    }

    private func look() throws {
        let now = UnixTime.nowMilliseconds()
        let kinds = kinds()
        let lost = try queue.recover(
            isAlive: { [worker, isAlive] in $0 == worker || isAlive($0) },
            kind: { name in kinds.first { $0.name == name } }, now: now)
        for job in lost + (try queue.expire(now: now)) { tell(job) }
        try stopCancelled()
        for kind in kinds {
            let busy = running.withLock { $0.values.count { $0.kind == kind.name } }
            for job in try queue.take(kind: kind.name, limit: kind.atOnce - busy, worker: worker, now: now) {
                begin(job, kind)
            }
        }
    }

    private func stopCancelled() throws {
        for (id, job) in running.withLock({ $0 }) where try queue.isCancelled(id) { job.task.cancel() }
    }

    private func begin(_ job: Job, _ kind: JobKind) {
        tell(job)
        running.withLock { running in
            let task = Task(executorPreference: Self.threads) { [self] in
                await work(job, kind)
                self.running.withLock { $0[job.id] = nil }
                signal.send()
            }
            running[job.id] = Running(kind: kind.name, task: task)
        }
    }

    private func work(_ job: Job, _ kind: JobKind) async {
        let run = JobRun(on: Self.threads) {
            // A database that is locked just now: nobody's wish is known.
            (try? self.queue.isCancelled(job.id)) ?? false
        } tell: { [queue, logger] percent, lines in
            do {
                try queue.tell(job.id, percent: percent, lines: lines, now: UnixTime.nowMilliseconds())
            } catch {
                logger.warning("job \(job.id): \(error)")
            }
        }
        do {
            let result = try await bounded(by: kind.limit) { try await kind.run(job, run) }
            await settle(job, .done(note: result.note, result: result.result))
        } catch let later as JobLater {
            await settle(job, .later(later.description, UnixTime.nowMilliseconds() + later.pause.milliseconds))
        } catch let doubt as JobUncertain {
            await settle(job, .uncertain(doubt.description))
        } catch {
            // It stays begun, and the next daemon sees that its worker is gone.
            if isEnding.load(ordering: .acquiring) { return }
            await settle(job, failure(of: job, kind, error))
        }
    }

    private func failure(of job: Job, _ kind: JobKind, _ error: any Error) -> JobQueue.Outcome {
        let reason = error is CancellationError ? "it broke off" : "\(error)"
        let now = UnixTime.nowMilliseconds()
        let pause = min(Self.longestPause, 1000 << Int64(min(max(0, job.attempts - 1), 6)))
        guard let span = kind.retryFor, now + pause <= job.created + span.milliseconds else { return .failed(reason) }
        return .later(reason, now + pause)
    }

    /// While the database is locked it is tried again: what was done must not be done twice, and what stays begun is in
    /// the way of its lane.
    private func settle(_ job: Job, _ outcome: JobQueue.Outcome) async {
        while true {
            do {
                if let now = try queue.settle(job.id, outcome, worker: worker, now: UnixTime.nowMilliseconds()) {
                    tell(now)
                }
                return
            } catch {
                logger.error("job \(job.id): \(error); it is tried again")
                if isEnding.load(ordering: .acquiring) { return }
                // The job's own task may be cancelled, and sleeps no more.
                await Task { try? await Task.sleep(for: Self.interval) }.value
            }
        }
    }

    private func bounded(
        by limit: Duration, _ body: @escaping @Sendable () async throws -> JobResult
    ) async throws -> JobResult {
        try await withThrowingTaskGroup(of: JobResult?.self) { group in
            group.addTask(executorPreference: Self.threads) { try await body() }
            group.addTask {
                // Whoever stops it: what `body` comes to counts, as it may be done just then.
                do { try await Task.sleep(for: limit) } catch { return nil }
                throw JobTooLong(limit: limit)
            }
            defer { group.cancelAll() }
            for try await result in group { if let result { return result } }
            throw CancellationError()
        }
    }

    private func tell(_ job: Job) {
        events(job)
        let what = "job \(job.id) (\(job.kind), \(job.subject)): \(job.state.rawValue)"
        let isBad = job.state == .failed || job.state == .uncertain || job.state == .expired
        logger.log(level: isBad ? .error : .info, "\(what)\(job.note.map { ": \($0)" } ?? "")")
    }
}

/// An attempt took longer than its kind may.
private struct JobTooLong: Error, CustomStringConvertible {
    let limit: Duration

    var description: String { "it took longer than \(limit.text)" }
}
