import API
import Foundation
import GRDB
import HookStore
import HookTesting
import Jobs
import Synchronization
import Testing

/// What the queue promises where there are many, where several ask, and where processes die.
@Suite struct JobQueueRuleTests {
    private let lab: QueueLab
    private var queue: JobQueue { lab.queue }

    init() throws { lab = try QueueLab() }

    @Test("what waits the longest expires, too, however much waits behind it") func manyDeadlines() throws {
        var wish = JobWish("k", subject: "s", parameters: "first")
        wish.deadline = 10
        let first = try lab.add(wish)
        let rows = (0..<1100).map { JobWish("k", subject: "s", parameters: "\($0)") }
        try lab.store.record([]) { database in
            for row in rows { _ = try JobQueue.add(database, row, by: "root", now: 2) }
        }
        #expect(try queue.list().count == 1000 && queue.list(limit: -1).count == 1101)
        #expect(try queue.expire(now: 10).map(\.id) == [first.id])
        #expect(try queue.expire(now: 11).isEmpty, "once")
        #expect(try queue.take(kind: "k", limit: 2000, worker: "w", now: 12).count == 1100)
        #expect(
            try queue.recover(isAlive: { _ in false }, kind: { JobKind($0) { _, _ in JobResult() } }, now: 13).count
                == 1100)
    }

    @Test("what a process settled with its last breath is not done again") func settledAtTheEnd() throws {
        let (good, gone, lost) = (try lab.add("good"), try lab.add("gone"), try lab.add("lost"))
        #expect(try queue.take(kind: "k", limit: 9, worker: "old", now: 2).count == 3)
        let again = try queue.recover(
            isAlive: { [queue] worker in
                // It does so between the look at what runs and the look at whether it lives.
                let ends: [(Job, JobQueue.Outcome)] = [(good, .done(note: "n", result: nil)), (gone, .failed("x"))]
                for (job, end) in ends {
                    #expect(throws: Never.self) { try queue.settle(job.id, end, worker: worker, now: 3) }
                }
                return false
            }, kind: { JobKind($0) { _, _ in JobResult() } }, now: 4)
        #expect(again.map(\.id) == [lost.id] && again.map(\.state) == [.queued])
        #expect(try lab.state(good) == .done && queue.job(good.id)?.note == "n" && lab.state(gone) == .failed)
    }

    @Test(
        "who wishes the same once more waits no longer than alone, and it expires no sooner",
        arguments: [
            (10, 20, 20), (20, 10, 20), (nil, 10, nil), (10, nil, nil), (nil, nil, nil),
        ] as [(Int64?, Int64?, Int64?)])
    func sameWish(_ first: Int64?, _ second: Int64?, _ both: Int64?) throws {
        var wish = JobWish("k", subject: "s", parameters: "1")
        (wish.deadline, wish.notBefore) = (first, 9)
        let job = try lab.add(wish, at: 1)
        (wish.deadline, wish.notBefore) = (second, 5)
        let merged = try lab.add(wish, at: 2)
        #expect(merged.id == job.id && merged.deadline == both && merged.due == 5, "as it is now, too")
        wish.notBefore = 7
        #expect(try lab.add(wish, at: 3).due == 5)
        wish.notBefore = nil
        #expect(try lab.add(wish, at: 4).due == 4, "at once")
    }

    @Test("a wish is not the one that somebody stopped, nor the one that runs, nor one of another kind")
    func otherWishes() throws {
        let running = try lab.add("1")
        _ = try queue.take(kind: "k", limit: 1, worker: "w", now: 2)
        let second = try lab.add("1")
        #expect(try lab.cancel(second.id)?.state == .cancelled)
        let third = try lab.add("1")
        let ids = try [running.id, second.id, third.id, lab.add("1", kind: "K").id]
        #expect(Set(ids).count == 4 && ids == ids.sorted())
        // The one that runs waits again: two wait then, and a wish is one of them.
        try queue.settle(running.id, .later("x", 100), worker: "w", now: 3)
        #expect(try ids.contains(lab.add("1").id))
    }

    @Test("a job is stopped by a wish before and after its process died") func stopAndDie() throws {
        let (job, other) = (try lab.add("1"), try lab.add("2"))
        _ = try queue.take(kind: "k", limit: 2, worker: "dead", now: 2)
        #expect(try lab.cancel(job.id, at: 3)?.state == .running && lab.cancel(job.id, at: 4)?.isCancelled == true)
        #expect(try queue.isCancelled(job.id) && !queue.isCancelled(other.id) && queue.isCancelled(4711))
        let lost = try queue.recover(isAlive: { _ in false }, kind: { JobKind($0) { _, _ in JobResult() } }, now: 5)
        #expect(Set(lost.map(\.state)) == [.cancelled, .queued])
        #expect(try lab.state(job) == .cancelled && queue.take(kind: "k", limit: 9, worker: "w", now: 6).count == 1)
        #expect(try lab.cancel(4711) == nil && lab.retry(4711) == nil)
    }

    @Test("what is told is bounded and printable, whoever tells it") func texts() throws {
        let long = String(repeating: "x\u{1B}\u{202E}", count: 5000)
        let job = try lab.add(JobWish("k", subject: long, parameters: "1"), by: long)
        #expect(job.subject.count == 255 && job.actor.count == 255 && job.subject.hasPrefix("x?"))
        _ = try queue.take(kind: "k", limit: 1, worker: "w", now: 2)
        for percent in [-7, 0, 50, 100, 101, Int.max] { try queue.tell(job.id, percent: percent, lines: [], now: 2) }
        #expect(try queue.job(job.id)?.percent == 100 && queue.lines(of: job.id).isEmpty)
        try queue.tell(job.id, percent: -1, lines: [long], now: 3)
        #expect(try queue.job(job.id)?.percent == 0 && queue.lines(of: job.id).first?.text.count == 1000)
        let failed = try queue.settle(job.id, .failed(long), worker: "w", now: 4)
        #expect(failed?.note?.count == 1000 && failed?.note?.contains("\u{1B}") == false)
        #expect(throws: DatabaseError.self, "of a job that is not there") {
            try queue.tell(4711, percent: nil, lines: ["x"], now: 5)
        }
    }

    @Test("a list is of some kinds and states, newest first, and what is not over before what is") func lists() throws {
        let jobs = try (0..<6).map { try lab.add("\($0)", kind: $0.isMultiple(of: 2) ? "even" : "odd") }
        _ = try queue.take(kind: "even", limit: 1, worker: "w", now: 2)
        try queue.settle(jobs[0].id, .done(note: nil, result: nil), worker: "w", now: 3)
        _ = try lab.cancel(jobs[5].id)
        let ids = jobs.map(\.id)
        #expect(try queue.list().map(\.id) == [4, 3, 2, 1, 5, 0].map { ids[$0] })
        #expect(try queue.list(kind: "odd").map(\.id) == [3, 1, 5].map { ids[$0] })
        #expect(try queue.list(states: [.done, .cancelled]).map(\.id) == [5, 0].map { ids[$0] })
        #expect(try queue.list(states: []).isEmpty && queue.list(kind: "none").isEmpty)
        #expect(try queue.list(limit: 2).map(\.id) == [4, 3].map { ids[$0] } && queue.depth() == 4)
    }

    @Test("two processes that take at the same time never have the same job, nor two of one lane") func twoTakers()
        async throws
    {
        // On a busy disk one may have the database for longer than a daemon waits.
        let queues = try ["1", "2"].map { worker in
            let store = try Store(directory: lab.directory, migrations: JobQueue.migrations, patience: .seconds(120))
            return (worker, JobQueue(store))
        }
        for number in 0..<120 { _ = try lab.add("\(number)", lane: "\(number % 10)") }
        let taken = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for (worker, queue) in queues {
                group.addTask {
                    var taken: [Int64] = []
                    while try queue.depth() > 0 {
                        let jobs = try queue.take(kind: "k", limit: 3, worker: worker, now: 2)
                        let running = try queue.list(states: [.running]).compactMap(\.lane)
                        #expect(Set(running).count == running.count)
                        for job in jobs {
                            try queue.settle(job.id, .done(note: nil, result: nil), worker: worker, now: 3)
                        }
                        taken += jobs.map(\.id)
                    }
                    return taken
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(taken.count == 120 && Set(taken).count == 120)
    }

    // MARK: Any order of steps

    /// The rules that hold between any two steps.
    private func check(_ jobs: [Job], after before: [Int64: Job], retried: Int64?) {
        let running = jobs.filter { $0.state == .running }
        let lanes = running.compactMap { job in job.lane.map { "\(job.kind) \($0.lowercased())" } }
        #expect(Set(lanes).count == lanes.count, "one of a lane at a time")
        for job in jobs {
            #expect((job.worker != nil) == (job.state == .running), "\(job)")
            guard let old = before[job.id], old.state.isOver, job.id != retried else { continue }
            #expect(job == old, "what is over stays as it is")
        }
    }

    @Test("in any order of steps: one of a lane, what is over stays so, and all comes to an end") func anyOrder() throws
    {
        var known: [Int64: Job] = [:]
        for step in 1...500 {
            let now = Int64(step)
            let any = known.keys.randomElement() ?? 1
            let worker = ["1", "2"].randomElement() ?? "1"
            var retried: Int64?
            switch Int.random(in: 0..<9) {
            case 0, 1:
                var wish = JobWish(
                    ["a", "b"].randomElement() ?? "a", subject: "s", parameters: "\(Int.random(in: 0..<6))",
                    lane: ["x", "X", "y", nil].randomElement() ?? nil)
                wish.deadline = Bool.random() ? now + 20 : nil
                let newest = known.keys.max() ?? 0
                let id = try lab.add(wish, at: now).id
                #expect(known[id].map { !$0.state.isOver } ?? (id > newest))
            case 2, 3:
                for job in try queue.take(kind: "a", limit: 2, worker: worker, now: now)
                    + queue.take(kind: "b", limit: 1, worker: worker, now: now)
                {
                    let old = try #require(known[job.id])
                    #expect(old.due <= now && [.queued, .waiting].contains(old.state))
                    let older = known.values.filter {
                        $0.kind == job.kind && $0.id < job.id && !$0.state.isOver && $0.lane != nil
                            && $0.lane?.lowercased() == job.lane?.lowercased()
                    }
                    #expect(older.isEmpty, "in the order of the lane")
                }
            case 4, 5:
                let outcome: JobQueue.Outcome =
                    [.done(note: nil, result: nil), .failed("x"), .later("x", now + 5)].randomElement() ?? .failed("x")
                let old = known[any]
                let settled = try queue.settle(any, outcome, worker: worker, now: now)
                #expect((settled != nil) == (old?.state == .running && old?.worker == worker))
                if let settled, old?.isCancelled == true { #expect([.done, .cancelled].contains(settled.state)) }
            case 6:
                #expect(try (lab.cancel(any, at: now) != nil) == (known[any].map { !$0.state.isOver } ?? false))
            case 7:
                if let job = try? lab.retry(any, at: now) {
                    retried = job.id
                    #expect(job.attempts == 0 && job.deadline == nil && !job.isCancelled)
                }
            default:
                _ = try queue.recover(
                    isAlive: { $0 == worker }, kind: { JobKind($0, mayRepeat: $0 == "a") { _, _ in JobResult() } },
                    now: now)
                _ = try queue.expire(now: now)
                try queue.forget(before: now - 100)
            }
            let jobs = try queue.list(limit: -1)
            check(jobs, after: known, retried: retried)
            known = Dictionary(uniqueKeysWithValues: jobs.map { ($0.id, $0) })
        }
        _ = try queue.recover(isAlive: { _ in false }, kind: { JobKind($0) { _, _ in JobResult() } }, now: 1000)
        for _ in 0..<known.count + 1 {
            for job in try queue.take(kind: "a", limit: 99, worker: "9", now: 2000)
                + queue.take(kind: "b", limit: 99, worker: "9", now: 2000)
            {
                try queue.settle(job.id, .done(note: nil, result: nil), worker: "9", now: 2001)
            }
        }
        #expect(try queue.depth() == 0)
    }
}
