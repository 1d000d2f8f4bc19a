import HookHost
import HookStore
import HookTesting
import LinboModel
import Testing

@testable import OnbootCmd

@Suite struct OffersTests {
    @Test("a command goes to its own host, once, by every transport", arguments: Depth.allCases)
    func once(_ depth: Depth) async throws {
        let lab = try PluginLab<OnbootCmd>()
        let store = try lab.store()
        let journal = OnbootJournal(database: store.database)
        let id = try journal.add(host: "pc01", command: "sync:1", expires: nil, now: 10)
        let desk = try lab.desk(store: store)
        #expect(try await desk.text("linbocmd/pc01.cmd", as: 2, over: depth) == nil)
        #expect(try await desk.text("linbocmd/pc01.cmd", as: 1, over: depth) == "sync:1\n")
        #expect(try journal.entry(id)?.state == .delivered)
        #expect(try await desk.text("linbocmd/pc01.cmd", as: 1, over: depth) == nil)
    }

    @Test("a claim for another command than was looked at, which can't be sent, is given back and waits on")
    func grantedAnother() throws {
        let lab = try PluginLab<OnbootCmd>()
        let journal = OnbootJournal(database: try lab.store().database)
        let upload = try journal.add(host: "pc01", command: "upload_image:1", expires: nil, now: 10)
        let claimant = OnbootJournal.Claimant(connection: "1@1", path: "linbocmd/pc01.cmd")
        let claim = try journal.claim(host: "pc01", by: claimant, now: 11, isAlive: { _ in true })
        guard case .granted = claim else {
            Issue.record("\(claim)")
            return
        }
        // Without secrets: what needs the password can't be sent.
        let plugin = try lab.desk("secrets: \(lab.directory)/none").plugin
        let offers = Offers(journal: journal, settings: plugin.settings, context: plugin.context)
        let offered = try offers.claimed(claim, request())
        guard case .nothing(.hidden(let reason)) = offered?.content else {
            Issue.record("\(String(describing: offered))")
            return
        }
        #expect(reason.contains("held back"), "\(reason)")
        #expect(try journal.entry(upload)?.state == .queued)
    }

    private func request() throws -> Request {
        let address = try #require(IPAddress("10.0.0.1"))
        return Request(
            client: Client(address: address, host: nil, recognition: .unknown("")), over: .rsync,
            path: try TreePath("linbocmd/pc01.cmd"), intent: .fetch,
            connection: ConnectionID(process: 1, started: 1))
    }
}
