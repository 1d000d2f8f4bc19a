import GRDB
import HookStore
import HookTesting
import Testing

@testable import OnbootCmd

/// What holds between any two steps of any connections.
@Suite struct JournalRuleTests {
    private let lab: PluginLab<OnbootCmd>
    private let store: Store
    private var journal: OnbootJournal { OnbootJournal(database: store.database) }

    init() throws {
        lab = try PluginLab()
        store = try lab.store()
    }

    private func claimant(_ connection: String) -> OnbootJournal.Claimant {
        .init(connection: connection, path: "linbocmd/pc01.cmd")
    }

    @Test("in any order of steps: the oldest that waits, to one at a time, and never again what may have been sent")
    func anyOrder() throws {
        var living: Set<String> = ["1@1", "2@1", "3@1"]
        var tickets: [(ClaimTicket, connection: String)] = []
        var spent: Set<Int64> = []
        var last: Int64 = 0
        for now in Int64(1)...600 {
            let connection = living.sorted().randomElement() ?? "1@1"
            let before = try journal.list(all: true)
            switch Int.random(in: 0..<10) {
            case 0...2:
                let id = try journal.add(
                    host: ["pc01", "PC01", "pc02"].randomElement() ?? "pc01", command: "sync:1",
                    expires: Bool.random() ? now + 15 : nil, now: now)
                #expect(id > last, "no number twice")
                last = id
            case 3...5:
                let mine = before.filter { $0.host.lowercased() == "pc01" }
                let held = mine.first { $0.state == .delivering && living.contains($0.connection ?? "") }
                let waiting = mine.filter { $0.state == .queued && $0.expires.map { $0 > now } ?? true }
                let claim = try journal.claim(
                    host: "pc01", by: claimant(connection), now: now, isAlive: { living.contains($0) })
                switch claim {
                case .granted(let entry):
                    #expect(held == nil || held?.connection == connection, "one at a time")
                    #expect(entry.id == (waiting.map(\.id) + (held.map { [$0.id] } ?? [])).min(), "the oldest")
                    #expect(!spent.contains(entry.id) && entry.connection == connection)
                    tickets.append((ClaimTicket(entry: entry.id, claim: try #require(entry.claim)), connection))
                case .busy(let other): #expect(held?.connection == other && other != connection)
                case .nothing: #expect(waiting.isEmpty && held?.connection != connection)
                }
            case 6, 7:
                // Any ticket that there ever was: of a claim that is over, or of a connection that is dead, too.
                guard let (ticket, _) = tickets.randomElement() else { continue }
                let state: OnbootEntry.State = [.queued, .delivered, .uncertain].randomElement() ?? .queued
                let settled = try journal.settle(ticket, as: state, note: nil, now: now)
                let old = before.first { $0.id == ticket.entry }
                #expect((settled != nil) == (old?.state == .delivering && old?.claim == ticket.claim))
            case 8:
                living.remove(connection)
                living.insert("\(now)@2")
                try journal.settleDead(host: "pc01", now: now) { living.contains($0) }
                #expect(
                    try !journal.list(host: "pc01").contains {
                        $0.state == .delivering && !living.contains($0.connection ?? "")
                    })
            default:
                try journal.expire(now: now)
                if let id = before.randomElement()?.id {
                    _ = try store.database.write { try OnbootJournal.remove($0, id, now: now) }
                }
                try journal.forget(before: now - 60, keeping: [])
            }
            let after = try journal.list(all: true)
            #expect(after.count { $0.state == .delivering && $0.host.lowercased() == "pc01" } <= 1)
            for entry in after where spent.contains(entry.id) {
                #expect(![.queued, .delivering].contains(entry.state))
            }
            spent.formUnion(after.filter { ![.queued, .delivering].contains($0.state) }.map(\.id))
        }
    }

    @Test(
        "a ticket is read back as it was written, and nothing else is one",
        arguments: [
            "", ":", "1", "1:", ":1", "1:2:3", "a:1", "1:a", "1:9223372036854775808", " 1:2", "1 :2", "1:2 ", "1;2",
        ])
    func tickets(_ text: String) {
        for (entry, claim) in [(1, 1), (Int64.max, 1), (7, Int64.max)] as [(Int64, Int64)] {
            let ticket = ClaimTicket(entry: entry, claim: claim)
            #expect(ClaimTicket(ticket.description) == ticket)
        }
        #expect(ClaimTicket(text) == nil)
    }

    @Test(
        "a dropped file that could not be sent is that of its host still, and another host's of the same bytes is another"
    )
    func filesOfTwoHosts() throws {
        func claim(_ host: String, at now: Int64) throws -> OnbootEntry? {
            let claim = try journal.claimFile(
                host: host, file: "1:2:3:4.5", command: "halt", by: claimant("1@1"), now: now, isAlive: { _ in true })
            guard case .granted(let entry) = claim else { return nil }
            return entry
        }
        let first = try #require(try claim("pc01", at: 1))
        try journal.settle(
            ClaimTicket(entry: first.id, claim: try #require(first.claim)), as: .queued, note: "failed", now: 2)
        #expect(try !journal.isSpent(host: "pc01", file: "1:2:3:4.5"))
        #expect(try journal.peek(host: "pc01", now: 3) == nil, "what is in a file waits in no queue")
        #expect(try claim("PC01", at: 3)?.id == first.id)
        #expect(try claim("pc02", at: 3).map { $0.id != first.id } == true)
    }
}
