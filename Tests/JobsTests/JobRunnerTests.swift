import Foundation
import GRDB
import HookStore
import HookTesting
import Jobs
import Synchronization
import Testing

/// What a daemon makes of jobs: how many at once, how often, until when.
@Suite struct JobRunnerTests {
    private let lab: QueueLab

    init() throws { lab = try QueueLab() }

    private struct Own: Error, CustomStringConvertible {
        let description = "own"
    }

    /// Runs and never ends by itself.
    private static func forever() async throws -> JobResult {
        try await Task.sleep(for: .seconds(36_000))
        return JobResult()
    }

    @Test("no more of a kind run at once than may, and what waits follows") func atOnce() async throws {
        let jobs = try (0..<7).map { try lab.add("\($0)") }
        let inside = Atomic(0)
        let most = Atomic(0)
        let isOpen = Atomic(false)
        let kind = JobKind("k", atOnce: 2) { _, _ in
            most.max(inside.add(1, ordering: .sequentiallyConsistent).newValue, ordering: .sequentiallyConsistent)
            try await eventually("it may end") { isOpen.load(ordering: .sequentiallyConsistent) }
            inside.subtract(1, ordering: .sequentiallyConsistent)
            return JobResult()
        }
        try await lab.daemon({ [kind] }) {
            try await eventually("two run") { inside.load(ordering: .sequentiallyConsistent) == 2 }
            #expect(try lab.queue.list(states: [.running]).count == 2)
            isOpen.store(true, ordering: .sequentiallyConsistent)
            try await eventually("all are done") { try lab.queue.depth() == 0 }
        }
        #expect(most.load(ordering: .sequentiallyConsistent) == 2)
        #expect(jobs.allSatisfy { lab.told(of: $0) == ["running", "done"] })
    }

    @Test("what fails is tried again after one second, then after two, and is told each time") func backoff()
        async throws
    {
        let job = try lab.add("1", at: Int64(Date().timeIntervalSince1970 * 1000))
        let begins = Mutex<[ContinuousClock.Instant]>([])
        let kind = JobKind("k", retryFor: .seconds(3600)) { job, _ in
            begins.withLock { $0.append(.now) }
            guard job.attempts == 3 else { throw Own() }
            return JobResult(note: "at last")
        }
        try await lab.daemon({ [kind] }) {
            try await eventually("it is done") { try lab.state(job) == .done }
        }
        let times = begins.withLock { $0 }
        #expect(times.count == 3 && times[1] - times[0] >= .milliseconds(990))
        #expect(times.count == 3 && times[2] - times[1] >= .milliseconds(1990))
        #expect(lab.told(of: job) == ["running", "waiting", "running", "waiting", "running", "done"])
    }

    @Test("it is given up when the next attempt would be too late; one that waits for something is not")
    func givenUp() async throws {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        let (short, old, later) = (
            try lab.add("1", kind: "short", at: now), try lab.add("2", at: now - 7_200_000),
            try lab.add("3", kind: "later", at: now - 7_200_000)
        )
        let kinds = [
            JobKind("short", retryFor: .milliseconds(999)) { _, _ in throw Own() },
            JobKind("k", retryFor: .seconds(3600)) { _, _ in throw Own() },
            JobKind("later", retryFor: .seconds(1)) { job, _ in
                guard job.attempts == 3 else { throw JobLater("not yet", tryAgainAfter: .milliseconds(1)) }
                return JobResult()
            },
        ]
        try await lab.daemon({ kinds }) {
            try await eventually("all are over") { try lab.queue.depth() == 0 }
        }
        #expect(try lab.state(short) == .failed && lab.state(old) == .failed && lab.state(later) == .done)
        #expect(try lab.queue.job(short.id)?.attempts == 1 && lab.queue.job(later.id)?.attempts == 3)
        #expect(lab.told(of: later) == ["running", "waiting", "running", "waiting", "running", "done"])
    }

    @Test("a job whose kind nobody registers waits until somebody does") func unknownKind() async throws {
        let (job, other) = (try lab.add("1", kind: "off"), try lab.add("2"))
        let isOn = Atomic(false)
        try await lab.daemon {
            [JobKind("k") { _, _ in JobResult() }]
                + (isOn.load(ordering: .acquiring) ? [JobKind("off") { _, _ in JobResult() }] : [])
        } whileDoing: {
            try await eventually("the other one is done") { try lab.state(other) == .done }
            #expect(try lab.queue.job(job.id)?.state == .queued && lab.queue.job(job.id)?.attempts == 0)
            isOn.store(true, ordering: .releasing)
            try await eventually("it is done") { try lab.state(job) == .done }
        }
    }

    @Test("at its start a daemon takes up what a dead one had begun, as far as it may be done twice") func takenUp()
        async throws
    {
        let (twice, once, others) = (try lab.add("1"), try lab.add("2", kind: "once"), try lab.add("3", kind: "others"))
        for (kind, worker) in [("k", "dead"), ("once", "dead"), ("others", "other")] {
            _ = try lab.queue.take(kind: kind, limit: 1, worker: worker, now: 2)
        }
        let ran = Mutex<[String]>([])
        let kinds = [("k", true), ("once", false), ("others", true)].map { name, mayRepeat in
            JobKind(name, mayRepeat: mayRepeat) { job, _ in
                ran.withLock { $0.append(job.kind) }
                return JobResult()
            }
        }
        try await lab.daemon({ kinds }) {
            try await eventually("it is done") { try lab.state(twice) == .done }
        }
        #expect(lab.told(of: twice) == ["queued", "running", "done"] && lab.told(of: once) == ["uncertain"])
        #expect(try lab.state(others) == .running && ran.withLock { $0 } == ["k"], "a living process has the third")
        #expect(lab.log.all.contains { $0.contains("uncertain: the daemon ended while it ran") })
    }

    @Test(
        "what is not on this machine is put in order after a death, though it is to stop by now; what is unknown is said"
    )
    func tidyingUp() async throws {
        let (tidy, plain, doubtful) = (
            try lab.add("1", kind: "tidy"), try lab.add("2"), try lab.add("3", kind: "doubt")
        )
        for kind in ["tidy", "k"] { _ = try lab.queue.take(kind: kind, limit: 1, worker: "dead", now: 2) }
        for job in [tidy, plain] { _ = try lab.cancel(job.id, at: 3) }
        let ran = Mutex<[String]>([])
        let kinds = ["tidy", "k"].map { name in
            JobKind(name, tidiesUp: name == "tidy") { job, run in
                while !run.isToStop { try await Task.sleep(for: .milliseconds(10)) }
                let isCancelled = await run.apart { Task.isCancelled }
                ran.withLock { $0.append("\(job.kind) \(isCancelled)") }
                throw CancellationError()
            }
        }
        let doubt = JobKind("doubt") { _, _ in throw JobUncertain("nobody knows") }
        try await lab.daemon({ kinds + [doubt] }) {
            try await eventually("all are over") { try lab.queue.depth() == 0 }
        }
        #expect(try [tidy, plain, doubtful].map { try lab.state($0) } == [.cancelled, .cancelled, .uncertain])
        #expect(try lab.queue.job(doubtful.id)?.note == "nobody knows" && ran.withLock { $0 } == ["tidy false"])
    }

    @Test("a stop that comes when all is done is too late; one that pauses instead of ending is stopped")
    func stops() async throws {
        let (done, later) = (try lab.add("done"), try lab.add("later"))
        let kind = JobKind("k", atOnce: 2) { job, _ in
            try? await Task.sleep(for: .seconds(36_000))
            if job.parameters == "later" { throw JobLater("not now", tryAgainAfter: .seconds(1)) }
            return JobResult(note: "whole")
        }
        try await lab.daemon({ [kind] }) {
            try await eventually("both run") { try lab.queue.list(states: [.running]).count == 2 }
            for job in [done, later] { _ = try lab.cancel(job.id, at: 5) }
            try await eventually("both are over") { try lab.queue.depth() == 0 }
        }
        #expect(try lab.state(done) == .done && lab.queue.job(done.id)?.note == "whole")
        #expect(try lab.state(later) == .cancelled && lab.queue.job(later.id)?.note == nil)
    }

    @Test("the daemon's end waits for what runs, and what got done by then is done") func ending() async throws {
        let (done, broken) = (try lab.add("done"), try lab.add("broken"))
        let cleaned = Atomic(0)
        let kind = JobKind("k", atOnce: 2, retryFor: .seconds(3600), mayRepeat: false) { job, _ in
            defer { cleaned.add(1, ordering: .sequentiallyConsistent) }
            if job.parameters == "broken" { return try await Self.forever() }
            try? await Task.sleep(for: .seconds(36_000))
            return JobResult()
        }
        try await lab.daemon({ [kind] }) {
            try await eventually("both run") { try lab.queue.list(states: [.running]).count == 2 }
        }
        #expect(cleaned.load(ordering: .sequentiallyConsistent) == 2)
        #expect(try lab.state(done) == .done && lab.state(broken) == .running, "no failure, and nobody's wish")
        #expect(lab.told(of: broken) == ["running"])
    }

    @Test("while another process holds the database an outcome is kept, and the job is not done twice")
    func lockedDatabase() async throws {
        let job = try lab.add("1", lane: "x")
        let next = try lab.add("2", lane: "x")
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: "\(lab.directory)/\(Store.fileName)", configuration: configuration)
        let runs = Atomic(0)
        let mayEnd = Atomic(false)
        let kind = JobKind("k") { _, _ in
            runs.add(1, ordering: .sequentiallyConsistent)
            try await eventually("it may end") { mayEnd.load(ordering: .sequentiallyConsistent) }
            return JobResult(note: "n")
        }
        try await lab.daemon({ [kind] }) {
            try await eventually("it runs") { runs.load(ordering: .sequentiallyConsistent) == 1 }
            try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
            mayEnd.store(true, ordering: .sequentiallyConsistent)
            try await eventually("it could not be settled") {
                lab.log.all.contains { $0.contains("it is tried again") }
            }
            #expect(try lab.state(job) == .running && runs.load(ordering: .sequentiallyConsistent) == 1)
            try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            try await eventually("both are done") { try lab.queue.depth() == 0 }
        }
        #expect(runs.load(ordering: .sequentiallyConsistent) == 2 && lab.told(of: job) == ["running", "done"])
        #expect(try lab.queue.job(job.id)?.attempts == 1 && lab.state(next) == .done)
    }
}
