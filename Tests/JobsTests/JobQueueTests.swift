import API
import Foundation
import HookStore
import Jobs
import LinuxKit
import Logging
import Synchronization
import Testing

/// Jobs as their queue keeps them.
@Suite final class JobQueueTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-\(UUID().uuidString)"
    private let store: Store
    private let queue: JobQueue

    init() throws {
        store = try Store(directory: directory, migrations: JobQueue.migrations)
        queue = JobQueue(store)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func add(
        _ parameters: String, kind: String = "k", lane: String? = nil, at now: Int64 = 1, deadline: Int64? = nil
    ) throws -> Job {
        var wish = JobWish(kind, subject: "s", parameters: parameters, lane: lane)
        wish.deadline = deadline
        return try store.record([]) { [wish] in try JobQueue.add($0, wish, by: "root", now: now) }
    }

    @Test("the same wish is one job while it waits; one that runs may have begun by what is old") func once() throws {
        let first = try add("1")
        #expect(try add("1").id == first.id && add("2").id != first.id && add("1", kind: "l").id != first.id)
        #expect(try queue.take(kind: "k", limit: 1, worker: "w", now: 2).map(\.id) == [first.id])
        #expect(try add("1").id != first.id)
    }

    @Test("of a lane one at a time, in order, also past one that waits") func lanes() throws {
        let jobs = try [add("1", lane: "pc01"), add("2", lane: "PC01"), add("3", lane: "pc02"), add("4")]
        #expect(
            try queue.take(kind: "k", limit: 9, worker: "w", now: 2).map(\.id) == [jobs[0], jobs[2], jobs[3]].map(\.id))
        try queue.settle(jobs[0].id, .later("locked", 100), worker: "w", now: 3)
        #expect(try queue.take(kind: "k", limit: 9, worker: "w", now: 50).isEmpty)
        #expect(try queue.job(jobs[0].id)?.state == .waiting && queue.job(jobs[0].id)?.note == "locked")
        #expect(try queue.take(kind: "k", limit: 9, worker: "w", now: 100).map(\.id) == [jobs[0].id])
        try queue.settle(jobs[0].id, .done(note: "n", result: "[1]"), worker: "w", now: 101)
        #expect(try queue.take(kind: "k", limit: 9, worker: "w", now: 102).map(\.id) == [jobs[1].id])
        #expect(try queue.job(jobs[0].id)?.attempts == 2 && queue.job(jobs[0].id)?.result == "[1]")
    }

    @Test("only who has a job settles it, and once") func settling() throws {
        let job = try add("1")
        _ = try queue.take(kind: "k", limit: 1, worker: "w", now: 2)
        #expect(try queue.settle(job.id, .failed("x"), worker: "other", now: 3) == nil)
        #expect(try queue.settle(job.id, .failed("x"), worker: "w", now: 3)?.state == .failed)
        #expect(try queue.settle(job.id, .done(note: nil, result: nil), worker: "w", now: 4) == nil)
        #expect(try store.record([]) { try JobQueue.cancel($0, job.id, now: 5) } == nil, "it is over")
        #expect(try store.record([]) { try JobQueue.retry($0, job.id, now: 5) }?.state == .queued)
        #expect(try store.record([]) { try JobQueue.retry($0, job.id, now: 5) } == nil, "it waits")
        #expect(try store.record([]) { try JobQueue.cancel($0, job.id, now: 6) }?.state == .cancelled)
    }

    @Test("what is to stop and did not get it done is cancelled, however it ended") func stoppedMeanwhile() throws {
        let ends: [(JobQueue.Outcome, Job.State)] = [
            (.later("locked", 100), .cancelled), (.failed("x"), .cancelled), (.done(note: "n", result: nil), .done),
        ]
        for (outcome, state) in ends {
            let job = try add("1")
            _ = try queue.take(kind: "k", limit: 1, worker: "w", now: 2)
            #expect(try store.record([]) { try JobQueue.cancel($0, job.id, now: 3) }?.state == .running)
            #expect(try queue.settle(job.id, outcome, worker: "w", now: 4)?.state == state)
        }
    }

    @Test("what is over does not begin anew beside another one that waits for the same") func retryBesideAnother()
        throws
    {
        let job = try add("1")
        _ = try queue.take(kind: "k", limit: 1, worker: "w", now: 2)
        try queue.settle(job.id, .failed("x"), worker: "w", now: 3)
        let other = try add("1")
        #expect(throws: Fault.self) { try store.record([]) { try JobQueue.retry($0, job.id, now: 5) } }
        _ = try store.record([]) { try JobQueue.cancel($0, other.id, now: 6) }
        #expect(try store.record([]) { try JobQueue.retry($0, job.id, now: 7) }?.state == .queued)
    }

    @Test("what a dead process had begun waits again, or is uncertain if it must not be done twice") func deaths()
        throws
    {
        let jobs = try [add("1"), add("2", kind: "l"), add("3")]
        for kind in ["k", "l"] { _ = try queue.take(kind: kind, limit: 1, worker: "dead", now: 2) }
        _ = try queue.take(kind: "k", limit: 1, worker: "alive", now: 2)
        let lost = try queue.recover(
            isAlive: { $0 == "alive" }, kind: { JobKind($0, mayRepeat: $0 == "k") { _, _ in JobResult() } }, now: 9)
        #expect(lost.map(\.id).sorted() == jobs.prefix(2).map(\.id))
        #expect(try queue.job(jobs[0].id)?.state == .queued && queue.job(jobs[1].id)?.state == .uncertain)
        #expect(try queue.job(jobs[2].id)?.state == .running)
    }

    @Test("what is wanted together is found together, in its lanes, and lines behind a number") func together() throws {
        let wishes = ["1", "2"].map { JobWish("k", subject: $0, parameters: $0, lane: "PC\($0)") }
        let jobs = try store.record([]) { try JobQueue.add($0, together: wishes, by: "anna", now: 1) }
        _ = try add("3")
        #expect(jobs.map(\.batch) == [jobs[0].id, jobs[0].id])
        #expect(try Set(queue.list(batch: jobs[0].id).map(\.id)) == Set(jobs.map(\.id)))
        #expect(try queue.open(kind: "k", lanes: ["pc2", "pc3"]).map(\.id) == [jobs[1].id])
        try queue.tell(jobs[0].id, percent: nil, lines: ["a", "b", "c"], now: 2)
        let lines = try queue.lines(of: jobs[0].id)
        #expect(try queue.lines(of: jobs[0].id, after: lines[0].n).map(\.text) == ["b", "c"])
    }

    @Test("a deadline that passes, a log that is bounded, and what is old goes") func ends() throws {
        let job = try add("1", deadline: 10)
        #expect(try queue.expire(now: 9).isEmpty && queue.expire(now: 10).map(\.state) == [.expired])
        for line in 0..<1005 { try queue.tell(job.id, percent: line, lines: ["a\u{1B}\(line)"], now: 11) }
        let lines = try queue.lines(of: job.id)
        #expect(lines.count == 1000 && lines.first?.text == "a?5" && lines.last?.text == "a?1004")
        #expect(try queue.job(job.id)?.percent == 100)
        try queue.forget(before: 10)
        #expect(try queue.job(job.id) != nil)
        try queue.forget(before: 11)
        #expect(try queue.job(job.id) == nil && queue.lines(of: job.id).isEmpty)
        #expect(try add("1").id > job.id, "no number is given twice")
    }

    // MARK: The runner

    private func run(
        _ kinds: [JobKind], until isOver: @escaping @Sendable () throws -> Bool
    ) async throws -> [String] {
        let told = Mutex<[String]>([])
        let signal = AsyncSignal()
        let runner = JobRunner(
            queue, kinds: { kinds }, worker: "me", signal: signal, isAlive: { _ in false },
            events: { job in told.withLock { $0.append("\(job.id) \(job.state.rawValue)") } },
            logger: Logger(label: "jobs") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { await runner.run() }
        let end = ContinuousClock.now + .seconds(120)
        while try !isOver(), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try isOver())
        running.cancel()
        await running.value
        return told.withLock { $0 }
    }

    @Test("a job runs with its progress and log; what fails is tried again, and given up") func running() async throws {
        let (good, bad) = (try add("g"), try add("b", kind: "bad"))
        let told = try await run([
            JobKind("k") { job, run in
                run.progress(50)
                run.log("half of \(job.parameters)")
                return JobResult(note: "all", result: "{}")
            },
            JobKind("bad") { _, _ in throw JobLaterThenNever() },
        ]) { [queue] in try queue.job(good.id)?.state.isOver == true && queue.job(bad.id)?.state.isOver == true }
        #expect(told.contains("\(good.id) running") && told.contains("\(good.id) done"))
        #expect(try queue.job(good.id)?.percent == 50 && queue.lines(of: good.id).map(\.text) == ["half of g"])
        #expect(try queue.job(bad.id)?.state == .failed && queue.job(bad.id)?.note == "never")
    }

    private struct JobLaterThenNever: Error, CustomStringConvertible {
        let description = "never"
    }

    @Test("one that runs is stopped by a wish, one that takes too long by its limit") func stopping() async throws {
        let (long, slow) = (try add("1"), try add("2", kind: "slow"))
        let began = AsyncSignal()
        let stop = Task { [store] in
            await began.wait(atMost: .seconds(60))
            _ = try store.record([]) { try JobQueue.cancel($0, long.id, now: 5) }
        }
        _ = try await run([
            JobKind("k") { _, _ in
                began.send()
                try await Task.sleep(for: .seconds(600))
                return JobResult()
            },
            JobKind("slow", limit: .milliseconds(50)) { _, _ in
                try await Task.sleep(for: .seconds(600))
                return JobResult()
            },
        ]) { [queue] in try queue.job(long.id)?.state.isOver == true && queue.job(slow.id)?.state.isOver == true }
        try await stop.value
        #expect(try queue.job(long.id)?.state == .cancelled)
        #expect(try queue.job(slow.id)?.note?.contains("longer than") == true && queue.job(slow.id)?.state == .failed)
    }

    @Test("one that breaks off by itself is over, and its lane goes on") func breakingOff() async throws {
        let jobs = try [add("off", lane: "a"), add("on", lane: "a")]
        _ = try await run([
            JobKind("k") { job, _ in
                if job.parameters == "off" { throw CancellationError() }
                return JobResult()
            }
        ]) { [queue] in try queue.job(jobs[1].id)?.state.isOver == true }
        #expect(try jobs.map { try queue.job($0.id)?.state } == [.failed, .done])
    }

    @Test("a daemon that ends leaves what runs begun, and the next one begins anew") func restarts() async throws {
        let job = try add("1")
        let flag = Began()
        _ = try await run([
            JobKind("k") { _, _ in
                flag.set()
                try await Task.sleep(for: .seconds(600))
                return JobResult()
            }
        ]) { flag.isSet }
        #expect(try queue.job(job.id)?.state == .running)
        let again = try queue.recover(isAlive: { _ in false }, kind: { JobKind($0) { _, _ in JobResult() } }, now: 9)
        #expect(again.map(\.state) == [.queued])
    }

    private final class Began: Sendable {
        private let flag = Atomic(false)
        var isSet: Bool { flag.load(ordering: .acquiring) }
        func set() { flag.store(true, ordering: .releasing) }
    }
}
