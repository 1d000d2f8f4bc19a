import API
import Control
import GRDB
import HookHost
import HookStore
import ImageStore
import LinboHookd
import LinboModel
import Testing

/// What is told of a command is what became of it.
@Suite struct TruthTests {
    @Test("a reload that can't be noted is not done; one that is done has its rows") func reload() async throws {
        let lab = try ControlLab()
        _ = try await lab.ask(Reload())
        lab.assembly.audit?.flush(within: .seconds(60))
        #expect(
            try lab.store.audit.entries(.init()).map { "\($0.decision): \($0.outcome)" } == [
                "reload: begun", "reload: done",
            ])
        let changed = try lab.read("c.yaml") + "plugins: [onboot-cmd]\n"
        try lab.write(changed, to: "c.yaml")
        try await lab.refuseRows()
        await #expect(throws: (any Error).self) { try await lab.ask(Reload()) }
        #expect(try await lab.ask(GetPlugins()).allSatisfy { !$0.isEnabled })
    }

    @Test("a set that is live is told as live, with what could not be noted of it") func rollback() async throws {
        let lab = try ControlLab(more: "after-rollback: [[/bin/true]]\n")
        try lab.makeImages()
        try await lab.store.database.write { try $0.execute(sql: "DROP TABLE image_history") }
        try lab.write("no directory", to: "state/follow-ups")
        let answer = try await lab.ask(RollBackImage(name: "win11", to: nil))
        #expect(try lab.read("srv/images/win11/win11.qcow2") == "old")
        #expect(answer.used == "202601010800" && answer.remarks.count == 2, "\(answer)")
        #expect(answer.remarks.first?.contains("image_history") == true)
        #expect(answer.remarks.last?.contains("follow-ups") == true)
        lab.assembly.context.events.flush(within: .seconds(60))
        let events = try lab.store.events.page(after: 0).events.map(\.kind)
        #expect(events == [.imageRolledBack])
        lab.assembly.audit?.flush(within: .seconds(60))
        #expect(try lab.store.audit.entries(.init()).map { "\($0.outcome)" } == ["begun", "done"])
    }

    @Test("what was pruned is told, also if its history can't be written") func prune() async throws {
        let lab = try ControlLab()
        try lab.makeImages()
        try await lab.store.database.write { try $0.execute(sql: "DROP TABLE image_history") }
        let pruned = try await lab.ask(PruneImages(name: nil, keep: 0, isTrial: false))
        #expect(pruned.flatMap(\.removed).map(\.timestamp) == ["202601010800"])
    }

    @Test("a host's name means the same in any case", arguments: ["pc01", "PC01", "Pc01"])
    func admit(_ name: String) async throws {
        let lab = try ControlLab()
        let host = try #require(lab.assembly.hosts.devices.hosts.first)
        let newcomer = Newcomer(host, by: "10.0.0.9", at: 1)
        var content = Newcomers.Content()
        content.waiting = [newcomer]
        let json = try APICoding.encoded(content)
        try lab.write(String(decoding: json, as: UTF8.self), to: "state/registered.json")
        await #expect(throws: Fault.self) { try await lab.ask(AdmitNewcomers(hosts: [name, "pc02"])) }
        #expect(try await lab.ask(GetNewcomers()).map(\.host.name) == ["PC01"])
        #expect(try await lab.ask(AdmitNewcomers(hosts: [name])).admitted == ["PC01"])
        #expect(try await lab.ask(GetNewcomers()).isEmpty)
    }
}
