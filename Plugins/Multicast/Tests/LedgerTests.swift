import HookStore
import HookTesting
import LinboModel
import Testing

@testable import Multicast

/// Ports that never move, and wishes that end.
@Suite struct LedgerTests {
    private let lab: PluginLab<Multicast>
    private let store: Store
    private let ledger: MulticastLedger

    init() throws {
        lab = try PluginLab<Multicast>()
        store = try lab.store()
        ledger = MulticastLedger(database: store.database)
    }

    private func images(_ names: [String]) throws -> [ImageName] { try names.map { try #require(ImageName($0)) } }

    private func wish(_ names: String..., of host: String = "pc01", now: Int64 = 100, ports: Int = 3) throws {
        try ledger.wish(
            images(names), of: host, at: "10.0.0.2", from: "10.0.0.1", now: now, forgetting: now - 50,
            PortRange(first: 9000, count: ports))
    }

    private func ports() throws -> [String: UInt16] {
        let demand = try ledger.demand(since: 0)
        return Dictionary(uniqueKeysWithValues: demand.ports.map { ($0.key.text, $0.value) })
    }

    @Test("an image keeps its port when others come and go, and over a restart") func stable() throws {
        try wish("b.qcow2", "c.qcow2")
        try wish("a.qcow2", "c.qcow2", of: "pc02")
        let all: [String: UInt16] = ["b.qcow2": 9000, "c.qcow2": 9002, "a.qcow2": 9004]
        #expect(try ports() == all)
        try wish("a.qcow2")
        #expect(try ports() == all)
        let again = MulticastLedger(database: try lab.store().database)
        #expect(try again.demand(since: 0).ports.count == 3)
        #expect(
            try again.demand(since: 0).wishes.map { "\($0.host) \($0.image)" }.sorted() == [
                "pc01 a.qcow2", "pc02 a.qcow2", "pc02 c.qcow2",
            ])
    }

    @Test("a full range gives a port again that no PC may come to any more, and else none") func full() throws {
        try wish("a.qcow2", "b.qcow2", "c.qcow2")
        #expect(throws: NoPort.self) { try wish("d.qcow2", of: "pc02") }
        #expect(try ledger.demand(since: 0).wishes.count == 3)
        // Later: its list is too old.
        try wish("d.qcow2", of: "pc02", now: 200)
        #expect(try ports()["d.qcow2"] == 9000)
        #expect(try ledger.demand(since: 0).wishes.map(\.host) == ["pc02"])
    }

    @Test("other ports are given when the configuration has others, or fewer") func range() throws {
        try wish("a.qcow2", "b.qcow2")
        try ledger.wish(
            images(["a.qcow2", "b.qcow2"]), of: "pc01", at: "10.0.0.2", from: "10.0.0.1", now: 100, forgetting: 0,
            PortRange(first: 9002, count: 2))
        #expect(Set(try ports().values) == [9002, 9004])
    }

    @Test("a dot and an underscore are two images") func names() throws {
        try wish("a.b.qcow2", "a_b.qcow2")
        #expect(Set(try ports().values).count == 2)
    }
}
