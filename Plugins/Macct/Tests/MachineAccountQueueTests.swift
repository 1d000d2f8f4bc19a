import HookStore
import HookTesting
import Testing

@testable import Macct

/// Each wish once, in order for each host, and none lost.
@Suite struct MachineAccountQueueTests {
    private let lab: PluginLab<Macct>
    private let queue: MachineAccountQueue

    init() throws {
        lab = try PluginLab()
        queue = MachineAccountQueue(database: try lab.store().database)
    }

    @discardableResult
    private func wish(_ host: String, _ image: String = "win11.qcow2", at now: Int64 = 10) throws -> Int64 {
        try queue.add(.init(.apply, host: host, image: image), now: now)
    }

    @Test func theSameWishIsOneEntry() throws {
        let first = try wish("pc01")
        #expect(try wish("PC01", at: 11) == first)
        #expect(try wish("pc01", "win10.qcow2") != first)
        let taken = try queue.take(limit: 10, worker: "1@1", now: 12)
        #expect(taken.map(\.id) == [first])
        // What is being done may have read an older file.
        #expect(try wish("pc01", at: 13) != first)
    }

    @Test func theOrderOfAHostIsKept() throws {
        let first = try wish("pc01", "a.qcow2")
        let other = try wish("pc02", "a.qcow2")
        let second = try wish("pc01", "b.qcow2")
        let taken = try queue.take(limit: 10, worker: "1@1", now: 20)
        #expect(taken.map(\.id) == [first, other])
        #expect(try queue.take(limit: 10, worker: "2@2", now: 20).isEmpty)
        try queue.settle([(taken[0], .later(100), "locked")], worker: "1@1", now: 21)
        #expect(try !queue.needsWorker(now: 22) || queue.depth() == 3)
        // The older one waits for its time, and the younger one behind it.
        #expect(try queue.take(limit: 10, worker: "1@1", now: 22).isEmpty)
        let again = try queue.take(limit: 10, worker: "1@1", now: 100)
        #expect(again.map(\.id) == [first] && again[0].attempts == 2)
        try queue.settle([(again[0], .over(.applied), nil)], worker: "1@1", now: 101)
        #expect(try queue.take(limit: 10, worker: "1@1", now: 102).map(\.id) == [second])
    }

    @Test func whatADeadWorkerHadBegunIsTakenAgain() throws {
        let id = try wish("pc01")
        let taken = try queue.take(limit: 1, worker: "1@1", now: 11)
        #expect(try queue.recover(isAlive: { _ in true }, now: 12) == 0)
        #expect(try queue.recover(isAlive: { $0 != "1@1" }, now: 12) == 1)
        #expect(try queue.take(limit: 1, worker: "2@2", now: 13).map(\.id) == [id])
        // The dead one's word does not count any more.
        try queue.settle([(taken[0], .over(.failed), "late")], worker: "1@1", now: 14)
        #expect(try queue.entry(id)?.state == .applying)
        #expect(try queue.depth() == 1)
    }

    @Test func oneOutcomeIsKeptForEachHostAndImage() throws {
        for round in 0..<3 {
            try wish("pc01", at: Int64(round))
            let taken = try queue.take(limit: 1, worker: "1@1", now: 10)
            try queue.settle([(taken[0], .over(.applied), "\(round)")], worker: "1@1", now: Int64(10 + round))
        }
        #expect(try queue.list().map(\.note) == ["2"])
        try queue.forget(before: 12)
        #expect(try queue.list().count == 1)
        try queue.forget(before: 13)
        #expect(try queue.list().isEmpty && !queue.needsWorker(now: 1000))
    }

    /// Any order of two workers' steps: never two at one host, and in the end all is done.
    @Test func manyStepsInAnyOrder() throws {
        var clock: Int64 = 0
        var held: [(MachineAccountEntry, String)] = []
        for _ in 0..<600 {
            clock += 1
            switch Int.random(in: 0..<4) {
            case 0: try wish("pc\(Int.random(in: 1...4))", "i\(Int.random(in: 1...2)).qcow2", at: clock)
            case 1:
                let worker = "\(Int.random(in: 1...2))@1"
                held += try queue.take(limit: 2, worker: worker, now: clock).map { ($0, worker) }
            default:
                guard let (entry, worker) = held.popLast() else { continue }
                let outcome: MachineAccountQueue.Outcome = Bool.random() ? .over(.applied) : .later(clock + 2)
                try queue.settle([(entry, outcome, nil)], worker: worker, now: clock)
            }
            let busy = try queue.list().filter { $0.state == .applying }.map(\.host)
            #expect(Set(busy).count == busy.count)
        }
        for (entry, worker) in held { try queue.settle([(entry, .over(.applied), nil)], worker: worker, now: clock) }
        while case let taken = try queue.take(limit: 10, worker: "9@9", now: clock + 10), !taken.isEmpty {
            try queue.settle(taken.map { ($0, .over(.applied), nil) }, worker: "9@9", now: clock + 10)
        }
        #expect(try queue.depth() == 0)
    }
}
