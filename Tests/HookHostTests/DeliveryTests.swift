import HookStore
import LinboModel
import Testing

@testable import HookHost

/// What an answer of the runtime means, for whoever carries it out and for the audit log.
@Suite struct DeliveryTests {
    private static func answer(_ content: Content, _ steps: [Trace.Step] = []) throws -> Runtime.Answer {
        Runtime.Answer(path: try TreePath("a/b"), passed: [], content: content, trace: Trace(steps: steps))
    }

    private static func step(_ action: Trace.Action, _ remarks: [String] = []) -> Trace.Step {
        Trace.Step(plugin: "one", action: action, remarks: remarks)
    }

    @Test("the tree's own has no plugin; what is not there, hidden or refused has no bytes")
    func plain() throws {
        let link = try Delivery(
            Self.answer(.link(TreeLink(path: TreePath("a/b"), target: TreePath("c"), text: "../c"))))
        #expect(link.decision == .link && link.plugin == nil && link.isOrdinary && link.path == "a/b")
        let missing = try Delivery(Self.answer(.nothing(.missing)))
        #expect(missing.decision == .missing && missing.reason == nil && missing.isOrdinary)
        let hidden = try Delivery(Self.answer(.nothing(.hidden("spent")), [Self.step(.hid("spent"))]))
        #expect(hidden.decision == .hidden && hidden.reason == "spent" && hidden.plugin == "one" && !hidden.isOrdinary)
        let refused = try Delivery(Self.answer(.nothing(.refused("no MAC")), [Self.step(.refused("no MAC"))]))
        #expect(refused.decision == .refused && refused.reason == "no MAC" && refused.bytes == nil)
    }

    @Test("bytes of one client's own are made or transformed; what was kept back of them is a refusal")
    func made() throws {
        let content = Content.made(MadeContent([1, 2, 3]))
        for (action, decision) in [(Trace.Action.answered, Decision.made), (.transformed, .transformed)] {
            let delivery = try Delivery(Self.answer(content, [Self.step(.passed), Self.step(action, ["key 3 of 5"])]))
            #expect(delivery.decision == decision && delivery.bytes == 3 && delivery.reason == "key 3 of 5")
        }
        let held = try Delivery(Self.answer(content, [Self.step(.refused("another card"))]))
        #expect(held.decision == .refused && held.bytes == 3 && held.reason == "another card")
        let failed = try Delivery(
            Self.answer(content, [Self.step(.failed("no database")), Self.step(.answered)]))
        #expect(failed.plugin == "one" && failed.reason == "failed: no database")
    }

    @Test("an outcome is for whoever has a claim, and for a path alone")
    func outcome() throws {
        let connection = ConnectionID(process: 1, started: 1)
        var delivery = Delivery(path: "a/b", decision: .made)
        #expect(delivery.outcome(.delivered, of: nil, connection) == nil)
        delivery.claim = .init(owner: "one", token: "7", isOneShot: true)
        let outcome = delivery.outcome(.failed(.rsync(12)), of: HostName("pc01"), connection)
        #expect(outcome?.token == "7" && outcome?.path.description == "a/b" && outcome?.status == .failed(.rsync(12)))
        delivery.path = "../a"
        #expect(delivery.outcome(.delivered, of: nil, connection) == nil)
    }

    @Test("a row of the audit log has all of it")
    func row() {
        let asked = Asked(
            at: 5, over: .tftp, ConnectionID(process: 1, started: 1), address: "10.0.0.1", host: "pc01", intent: .fetch)
        let delivery = Delivery(path: "a", plugin: "one", decision: .made, reason: "r", bytes: 3)
        let entry = AuditEntry(delivery, of: asked, outcome: .delivered, duration: 9)
        #expect(entry.at == 5 && entry.transport == "tftp" && entry.address == "10.0.0.1" && entry.host == "pc01")
        #expect(entry.plugin == "one" && entry.decision == .made && entry.outcome == .delivered)
        #expect(entry.reason == "r" && entry.bytes == 3 && entry.duration == 9 && entry.intent == "fetch")
    }
}
