import API
import Foundation
import GRDB
import HookStore
import HookTesting
import LinboModel
import Testing

@testable import OnbootCmd

/// At most once, whoever asks in whatever order.
@Suite struct JournalTests {
    private let lab: PluginLab<OnbootCmd>
    private let store: Store

    init() throws {
        lab = try PluginLab()
        store = try lab.store()
    }

    private var journal: OnbootJournal { OnbootJournal(database: store.database) }
    private func claimant(_ connection: String, _ path: String = "linbocmd/pc01.cmd") -> OnbootJournal.Claimant {
        .init(connection: connection, path: path)
    }
    private func ticket(_ entry: OnbootEntry) throws -> ClaimTicket {
        ClaimTicket(entry: entry.id, claim: try #require(entry.claim))
    }
    private let alive: (String) -> Bool = { _ in true }

    @Test func oneConnectionHasItUntilItsOutcome() throws {
        let id = try journal.add(host: "pc01", command: "sync:1", expires: nil, now: 10)
        guard case .granted(let entry) = try journal.claim(host: "PC01", by: claimant("1@1"), now: 11, isAlive: alive)
        else {
            Issue.record("not granted")
            return
        }
        #expect(entry.id == id && entry.state == .delivering)
        #expect(
            try journal.claim(host: "pc01", by: claimant("2@2"), now: 12, isAlive: alive) == .busy(connection: "1@1"))
        let first = try ticket(entry)
        let stranger = ClaimTicket(entry: id, claim: first.claim ^ 1)
        #expect(try journal.settle(stranger, as: .delivered, note: nil, now: 13) == nil)
        #expect(try journal.settle(first, as: .queued, note: "failed", now: 13)?.state == .queued)
        guard case .granted(let again) = try journal.claim(host: "pc01", by: claimant("2@2"), now: 14, isAlive: alive)
        else {
            Issue.record("not granted again")
            return
        }
        #expect(try journal.settle(first, as: .queued, note: nil, now: 15) == nil)
        let second = try ticket(again)
        #expect(ClaimTicket(second.description) == second)
        #expect(try journal.settle(second, as: .delivered, note: nil, now: 15)?.state == .delivered)
        #expect(try journal.settle(second, as: .queued, note: nil, now: 16) == nil)
        #expect(try journal.claim(host: "pc01", by: claimant("3@3"), now: 17, isAlive: alive) == .nothing)
    }

    @Test func aDeadConnectionsClaimIsUncertain() throws {
        let id = try journal.add(host: "pc01", command: "sync:1", expires: nil, now: 10)
        _ = try journal.claim(host: "pc01", by: claimant("1@1"), now: 11, isAlive: alive)
        #expect(try journal.claim(host: "pc01", by: claimant("2@2"), now: 12, isAlive: { _ in false }) == .nothing)
        #expect(try journal.entry(id)?.state == .uncertain)
    }

    /// The daemon died in `pre`, and `once` does the same `pre` again.
    @Test func theSameConnectionAndNameGetsItAgain() throws {
        _ = try journal.add(host: "pc01", command: "sync:1", expires: nil, now: 10)
        _ = try journal.claim(host: "pc01", by: claimant("1@1"), now: 11, isAlive: alive)
        guard case .granted = try journal.claim(host: "pc01", by: claimant("1@1"), now: 12, isAlive: alive) else {
            Issue.record("not granted again")
            return
        }
        let other = claimant("1@1", "linbocmd/10.0.0.5.cmd")
        #expect(try journal.claim(host: "pc01", by: other, now: 13, isAlive: alive) == .nothing)
    }

    @Test("a claim that is taken back after its command expired is not granted again: the next one is")
    func expiredClaim()
        throws
    {
        let first = try journal.add(host: "pc01", command: "sync:1", expires: 20, now: 10)
        let second = try journal.add(host: "pc01", command: "sync:2", expires: nil, now: 10)
        func claimed(at now: Int64) throws -> Int64? {
            guard
                case .granted(let entry) = try journal.claim(
                    host: "pc01", by: claimant("1@1"), now: now, isAlive: alive)
            else { return nil }
            return entry.id
        }
        #expect(try claimed(at: 18) == first)
        #expect(try claimed(at: 19) == first)
        #expect(try claimed(at: 20) == second)
        #expect(try claimed(at: 21) == second, "one at a time")
        try journal.expire(now: 21)
        #expect(try journal.entry(first)?.state == .expired)
    }

    /// The hook turned to `once` while the database was locked.
    @Test func whoGaveUpWaitingGetsNothing() throws {
        let id = try journal.add(host: "pc01", command: "sync:1", expires: nil, now: 10)
        let gone = OnbootJournal.Claimant(connection: "1@1", path: "a", isGone: { true })
        #expect(try journal.claim(host: "pc01", by: gone, now: 11, isAlive: alive) == .nothing)
        #expect(try journal.entry(id)?.state == .queued)
    }

    @Test func aFileIsKnownByItsIdentity() throws {
        let claim = try journal.claimFile(
            host: "pc01", file: "1:2:3:4.5", command: "halt", by: claimant("1@1"), now: 11, isAlive: alive)
        guard case .granted(let entry) = claim else {
            Issue.record("not granted")
            return
        }
        try journal.settle(try ticket(entry), as: .delivered, note: nil, now: 12)
        #expect(try journal.isSpent(host: "pc01", file: "1:2:3:4.5"))
        #expect(
            try journal.claimFile(
                host: "pc01", file: "1:2:3:4.5", command: "halt", by: claimant("2@2"), now: 13, isAlive: alive)
                == .nothing)
        #expect(try !journal.isSpent(host: "pc01", file: "1:2:3:4.6"))
    }

    @Test func whatIsExpiredOrRemovedIsNotDelivered() throws {
        let first = try journal.add(host: "pc01", command: "sync:1", expires: 20, now: 10)
        let second = try journal.add(host: "pc01", command: "sync:2", expires: nil, now: 10)
        #expect(try journal.peek(host: "pc01", now: 19)?.id == first)
        #expect(try journal.peek(host: "pc01", now: 20)?.id == second)
        #expect(try store.database.write { try OnbootJournal.remove($0, second, now: 21) }?.id == second)
        #expect(try store.database.write { try OnbootJournal.remove($0, second, now: 21) } == nil)
        #expect(try journal.claim(host: "pc01", by: claimant("1@1"), now: 21, isAlive: alive) == .nothing)
        try journal.expire(now: 21)
        #expect(try journal.list(all: true).map(\.state) == [.removed, .expired])
    }

    @Test("what is over goes after a while; what waits, is uncertain or holds a file back stays") func forgetting()
        throws
    {
        let add = { [journal] in try journal.add(host: "pc01", command: "sync:1", expires: $0, now: 10) }
        let waiting = try add(nil)
        let removed = try add(nil)
        _ = try store.database.write { try OnbootJournal.remove($0, removed, now: 11) }
        let expired = try add(11)
        try journal.expire(now: 11)
        var files: [Int64] = []
        for file in ["lies there", "is gone", "uncertain"] {
            guard
                case .granted(let entry) = try journal.claimFile(
                    host: "pc02", file: file, command: "halt", by: claimant("1@1"), now: 11, isAlive: alive)
            else { throw Fault(.failed, "not granted") }
            let state: OnbootEntry.State = file == "uncertain" ? .uncertain : .delivered
            try journal.settle(try ticket(entry), as: state, note: nil, now: 11)
            files.append(entry.id)
        }
        let last = try add(nil)
        _ = try store.database.write { try OnbootJournal.remove($0, last, now: 11) }
        let all = [waiting, removed, expired] + files + [last]
        func left() throws -> [Int64] { try journal.list(all: true).map(\.id).reversed() }
        try journal.forget(before: 11, keeping: ["lies there"])
        #expect(try left() == all)
        try journal.forget(before: 12, keeping: nil)
        #expect(try left() == [waiting] + files + [last])
        try journal.forget(before: 12, keeping: ["lies there"])
        #expect(try left() == [waiting, files[0], files[2], last])
        #expect(try journal.isSpent(host: "pc02", file: "lies there"))
        #expect(try add(nil) > last, "no number is given twice")
    }

    /// Two pools on one database, as the daemon and `once`.
    @Test func twoProcessesNeverBothGetIt() async throws {
        let stores = [
            try lab.store(), try lab.store(),
        ]
        for round in 0..<20 {
            _ = try OnbootJournal(database: stores[0].database).add(
                host: "pc01", command: "sync:1", expires: nil, now: 10)
            let granted = try await withThrowingTaskGroup(of: Int64?.self) { group in
                for (index, store) in stores.enumerated() {
                    group.addTask {
                        let claimant = OnbootJournal.Claimant(connection: "\(round)@\(index)", path: "a")
                        let claim = try OnbootJournal(database: store.database).claim(
                            host: "pc01", by: claimant, now: 11, isAlive: { _ in true })
                        if case .granted(let entry) = claim { return entry.id }
                        return nil
                    }
                }
                return try await group.reduce(into: [Int64]()) { if let id = $1 { $0.append(id) } }
            }
            #expect(granted.count == 1)
            let id = try #require(granted.first)
            let holder = try #require(try OnbootJournal(database: stores[0].database).entry(id))
            try OnbootJournal(database: stores[1].database).settle(
                try ticket(holder), as: .delivered, note: nil, now: 12)
        }
    }

    @Test(arguments: [
        ("linbo:pw,upload_image:1\n", true, "upload_image:1"), ("sync:1,start:1\n", false, "sync:1,start:1"),
        (",noauto\n", false, "noauto"), (" linbo:pw,halt", true, "halt"),
    ])
    func aDroppedFilesPasswordIsNotLogged(_ text: String, _ hasPassword: Bool, _ loggable: String) throws {
        let path = "\(lab.directory)/pc01.cmd"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let file = try #require(try DroppedFile(at: path))
        #expect(file.hasPassword == hasPassword)
        #expect(file.loggable == loggable)
        #expect(file.bytes == Array(text.utf8))
    }

    @Test func theAuditLogIsAppendOnly() throws {
        let entry = AuditEntry(
            at: 1000, transport: "rsync", connection: "1@1", address: "10.0.0.5", host: "pc01", path: "a",
            intent: "fetch", decision: .plain, outcome: .delivered)
        try store.audit.append([entry])
        #expect(try store.audit.entries(.init(host: "PC01")) == [entry])
        #expect(try store.audit.forget(before: 1000) == 0)
        #expect(try store.audit.forget(before: 1001) == 1)
    }
}
