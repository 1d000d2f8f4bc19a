import API
import Control
import HookStore
import LinboModel
import LinuxKit
import Testing

/// What the audit log tells of whom.
@Suite struct AuditTests {
    private let lab: ControlLab
    private static let minute: Int64 = 60_000

    init() throws {
        lab = try ControlLab()
        let now = UnixTime.nowMilliseconds()
        func row(
            _ path: String, _ minutes: Int64, _ host: String?, _ address: String, _ decision: Decision = .plain,
            _ outcome: OutcomeWord = .delivered
        ) -> AuditEntry {
            AuditEntry(
                at: now - minutes * Self.minute, transport: "rsync", connection: "1@1", address: address, host: host,
                path: path, intent: "fetch", decision: decision, outcome: outcome)
        }
        try lab.store.audit.append([
            row("old", 2000, "PC01", "10.0.0.1"), row("a.iso", 90, "PC01", "10.0.0.1"),
            row("b.iso", 60, "pc03", "10.0.0.9", .refused, .refused(nil)),
            row("c", 30, nil, "10.0.0.1", .missing, .notThere),
            row("d", 20, "gone", "fd00::a"), row("e", 10, "PC01", "10.0.0.7", .plain, .failed(nil)),
        ])
    }

    @Test(
        "rows are found by time, host, path and end, oldest first",
        arguments: [
            (GetAudit(), ["a.iso", "b.iso", "c", "d", "e"]),
            (GetAudit(since: "7d"), ["old", "a.iso", "b.iso", "c", "d", "e"]),
            (GetAudit(since: "45m"), ["c", "d", "e"]), (GetAudit(since: "0s"), []),
            (GetAudit(until: "25m"), ["a.iso", "b.iso", "c"]),
            (GetAudit(since: "70m", until: "25m"), ["b.iso", "c"]), (GetAudit(since: "10m", until: "20m"), []),
            (GetAudit(limit: 2), ["d", "e"]), (GetAudit(until: "25m", limit: 1), ["c"]),
            (GetAudit(limit: .max), ["a.iso", "b.iso", "c", "d", "e"]),
            (GetAudit(path: "iso"), ["a.iso", "b.iso"]), (GetAudit(path: "ISO"), []),
            (GetAudit(state: "refused"), ["b.iso"]), (GetAudit(state: "missing"), ["c"]),
            (GetAudit(state: "fail"), ["e"]),
            (GetAudit(targets: ["pc01"]), ["a.iso", "e"]),
            (GetAudit(targets: ["PC01", "pc03"]), ["a.iso", "b.iso", "e"]),
            (GetAudit(targets: ["room:Raum 1"]), ["a.iso", "e"]),
            (GetAudit(targets: ["group:win11"]), ["a.iso", "b.iso", "e"]),
            (GetAudit(targets: ["all"]), ["a.iso", "b.iso", "e"]), (GetAudit(targets: ["GONE"]), ["d"]),
            (GetAudit(targets: ["FD00::A"]), ["d"]), (GetAudit(targets: ["10.0.0.9"]), ["b.iso"]),
            (GetAudit(targets: ["nobody"]), []),
            (GetAudit(targets: ["pc03"], path: "a"), []),
        ] as [(GetAudit, [String])])
    func filters(_ question: GetAudit, _ paths: [String]) async throws {
        #expect(try await lab.ask(question).map(\.path) == paths)
    }

    @Test(
        "what can't be meant is told: a room that is none has no rows of its own",
        arguments: [
            (GetAudit(targets: ["room:Raum1"]), "room:Raum1"),
            (GetAudit(targets: ["pc01", "group:win1"]), "group:win1"),
            (GetAudit(targets: ["rom:r2"]), "is no target"), (GetAudit(limit: 0), "limit: 0 is no number from 1 on"),
            (GetAudit(limit: -1), "limit: -1"), (GetAudit(since: "yesterday"), "since: 'yesterday' is no span"),
            (GetAudit(until: "5"), "until: '5' is no span of time; write 30m, 24h or 7d"),
            (GetAudit(since: ""), "since: ''"),
        ])
    func faults(_ question: GetAudit, _ words: String) async {
        let fault = await lab.fault(question)
        #expect(fault?.description.contains(words) == true && fault?.kind != .failed, "\(fault?.description ?? "none")")
    }

    @Test("an address is that of its rows, whoever it belongs to now; a host that has none is found by its name alone")
    func timeline() async throws {
        let first = try await lab.ask(GetTimeline(host: "10.0.0.1", since: nil))
        #expect(first.host == "PC01" && first.entries.map(\.path) == ["a.iso", "c", "e"])
        let third = try await lab.ask(GetTimeline(host: "pc03", since: "24h"))
        #expect(third.address == "DHCP" && third.entries.map(\.path) == ["b.iso"])
        #expect(third.neverAsked.contains("start.conf.win11") && third.neverAsked.contains("linbocmd/pc03.cmd"))
        let stranger = try await lab.ask(GetTimeline(host: "10.9.9.9", since: "1h"))
        #expect(stranger.host == nil && stranger.entries.isEmpty && stranger.neverAsked.isEmpty)
        #expect(stranger.verdict == "nothing of a boot in the last 1h")
        let printer = try await lab.ask(GetTimeline(host: "drucker", since: nil))
        #expect(printer.verdict.hasPrefix("no boot in the last 24h: it has PXE flag 0 in "))
        #expect(await lab.fault(GetTimeline(host: "pc1", since: nil))?.what.contains("did you mean 'PC01'") == true)
    }

    @Test("PCs are those that boot from the network; others are shown when they are named") func pcs() async throws {
        #expect(try await lab.ask(GetPCs(targets: nil, since: nil)).map(\.host) == ["PC01", "pc03"])
        #expect(try await lab.ask(GetPCs(targets: [], since: "1h")).map(\.host) == ["PC01", "pc03"])
        #expect(try await lab.ask(GetPCs(targets: ["room:r2"], since: nil)).map(\.host) == ["pc03", "drucker"])
        #expect(
            try await lab.ask(GetPCs(targets: ["drucker", "room:r2"], since: "1h")).map(\.host) == ["drucker", "pc03"])
        #expect(await lab.fault(GetPCs(targets: ["room:r9"], since: nil))?.kind == .missing)
        #expect(await lab.fault(GetPCs(targets: nil, since: "1"))?.place == "since")
        #expect(try await lab.ask(GetPC(host: "10.0.0.1")).pc.host == "PC01")
        #expect(await lab.fault(GetPC(host: "10.9.9.9"))?.kind == .missing)
    }
}

extension GetAudit {
    fileprivate init(
        since: String? = nil, until: String? = nil, targets: [String]? = nil, path: String? = nil, state: String? = nil
    ) {
        self.init(since: since, until: until, targets: targets, path: path, state: state, limit: nil)
    }

    fileprivate init(until: String? = nil, limit: Int) {
        self.init(since: nil, until: until, targets: nil, path: nil, state: nil, limit: limit)
    }
}
