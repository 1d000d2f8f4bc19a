import FuzzKit
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

    /// The journal's rule in a model's words: a claim that is taken back waits again, and what waits may expire. The
    /// number of the step is its time.
    @Test(
        "in any order of steps: the oldest that waits, to one at a time, and never again what may have been sent",
        arguments: 0..<8)
    func anyOrder(_ part: Int) throws {
        var random = SplitMix64(seed: Fuzz.seed &+ UInt64(part))
        let names = ["linbocmd/pc01.cmd", "linbocmd/10.0.0.5.cmd"]
        var living = ["1@1", "2@1", "3@1"]
        var tickets: [ClaimTicket] = []
        var spent: Set<Int64> = []
        var last: Int64 = 0
        for now in Int64(1)...300 {
            let one = Int.random(in: 0..<3, using: &random)
            let before = try journal.list(all: true)
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2:
                let host = ["pc01", "PC01", "pc02"][Int.random(in: 0..<3, using: &random)]
                let expires = Bool.random(using: &random) ? now + 15 : nil
                let id = try journal.add(host: host, command: "sync:1", expires: expires, now: now)
                #expect(id > last, "step \(now): no number twice")
                last = id
            case 3...5:
                let name = names[Int.random(in: 0..<8, using: &random) / 7]
                let claimant = OnbootJournal.Claimant(connection: living[one], path: name)
                let claim = try journal.claim(host: "pc01", by: claimant, now: now) { living.contains($0) }
                let allowed = Self.allowed(before, to: claimant, now: now, living: living)
                switch claim {
                case .granted(let entry):
                    #expect(allowed == .granted(entry.id), "step \(now)")
                    #expect(!spent.contains(entry.id) && entry.connection == living[one], "step \(now)")
                    tickets.append(ClaimTicket(entry: entry.id, claim: try #require(entry.claim)))
                case .busy(let other): #expect(allowed == .busy(other), "step \(now)")
                case .nothing: #expect(allowed == .nothing, "step \(now)")
                }
            case 6, 7:
                // Any ticket that there ever was: of a claim that is over, or of a connection that is dead, too.
                let some = tickets.suffix(Bool.random(using: &random) ? 1 : tickets.count)
                guard let ticket = some.randomElement(using: &random) else { continue }
                let states: [OnbootEntry.State] = [.queued, .delivered, .uncertain]
                let state = states[Int.random(in: 0..<3, using: &random)]
                let settled = try journal.settle(ticket, as: state, note: nil, now: now)
                let old = before.first { $0.id == ticket.entry }
                let isOpen = old?.state == .delivering && old?.claim == ticket.claim
                #expect((settled != nil) == isOpen, "step \(now): its holder settles a claim, and once")
            case 8:
                living[one] = "\(now)@2"
                // The next claim finds the dead one, or who looks before.
                guard Bool.random(using: &random) else { continue }
                try journal.settleDead(host: "pc01", now: now) { living.contains($0) }
                let held = try journal.list(host: "pc01").filter { $0.state == .delivering }
                #expect(held.allSatisfy { living.contains($0.connection ?? "") }, "step \(now)")
            default:
                try journal.expire(now: now)
                if let id = before.randomElement(using: &random)?.id {
                    _ = try store.database.write { try OnbootJournal.remove($0, id, now: now) }
                }
                try journal.forget(before: now - 60, keeping: [])
            }
            let after = try journal.list(all: true)
            let isOpen = { (entry: OnbootEntry) in [.queued, .delivering].contains(entry.state) }
            #expect(after.count { $0.state == .delivering && $0.host.lowercased() == "pc01" } <= 1, "step \(now)")
            #expect(!after.contains { isOpen($0) && spent.contains($0.id) }, "step \(now): what is over stays so")
            spent.formUnion(after.filter { !isOpen($0) }.map(\.id))
        }
    }

    private enum Allowed: Equatable {
        case granted(Int64)
        case busy(String)
        case nothing
    }

    /// What a claim for pc01 has to come to.
    private static func allowed(
        _ entries: [OnbootEntry], to claimant: OnbootJournal.Claimant, now: Int64, living: [String]
    ) -> Allowed {
        let own = entries.filter { $0.host.lowercased() == "pc01" }
        let held = own.first { $0.state == .delivering && living.contains($0.connection ?? "") }
        if let held, let holder = held.connection {
            guard holder == claimant.connection else { return .busy(holder) }
            guard held.path == claimant.path else { return .nothing }
        }
        let waiting = own.filter { $0.state == .queued || $0.id == held?.id }
        let oldest = waiting.filter { $0.expires.map { $0 > now } ?? true }.map(\.id).min()
        return oldest.map { .granted($0) } ?? .nothing
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
