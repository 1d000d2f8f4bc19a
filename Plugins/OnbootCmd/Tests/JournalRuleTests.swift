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
