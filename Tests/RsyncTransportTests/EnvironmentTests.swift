import FuzzKit
import HookHost
import LinboModel
import Testing

@testable import RsyncTransport

@Suite struct EnvironmentTests {
    static let good = [
        "RSYNC_MODULE_NAME=linbo", "RSYNC_MODULE_PATH=/srv/linbo/.linbo-hookd/views/10.0.0.5",
        "RSYNC_HOST_ADDR=10.0.0.5",
        "RSYNC_PID=77", "RSYNC_USER_NAME=", "RSYNC_REQUEST=linbo/a b", "RSYNC_ARG1=--server", "RSYNC_ARG0=rsyncd",
        "RSYNC_ARG2=.", "RSYNC_ARG3=a b=c",
    ]

    private func environment(_ entries: [String]) throws -> HookEnvironment {
        try HookEnvironment(entries.map { Array($0.utf8) })
    }

    @Test func readsWhatRsyncdSets() throws {
        let environment = try environment(Self.good)
        #expect(environment.process == 77)
        #expect(
            environment.arguments.map { String(decoding: $0, as: UTF8.self) } == ["rsyncd", "--server", ".", "a b=c"])
        #expect(environment.exitStatus == nil)
    }

    @Test(arguments: [
        "RSYNC_PID=", "RSYNC_PID=-1", "RSYNC_PID=7x", "RSYNC_HOST_ADDR=..", "RSYNC_HOST_ADDR=10.0.0", "RSYNC_ARG9=x",
    ])
    func refusesWhatRsyncdNeverSets(_ entry: String) {
        let name = entry.prefix { $0 != "=" }
        let entries = Self.good.filter { !$0.hasPrefix("\(name)=") } + [entry]
        #expect(throws: HookEnvironmentError.self) { try environment(entries) }
    }

    @Test(arguments: [0, 1, 2, 3]) func refusesWhatIsMissing(_ index: Int) {
        var entries = Self.good
        entries.remove(at: index)
        #expect(throws: HookEnvironmentError.self) { try environment(entries) }
    }

    @Test func anyEntriesAreReadOrRefused() {
        var fuzz = Fuzz("environment", texts: Self.good, spice: "=RSYNC_ARG0123")
        for _ in 0..<10_000 {
            _ = try? HookEnvironment(Self.good.map { Array($0.utf8) } + [fuzz.next(), fuzz.next()])
        }
    }
}

@Suite struct TicketTests {
    let connection = ConnectionID(process: 7, started: 9)

    static let ticket: Ticket = {
        var ticket = Ticket(asked: 1_700_000_000_123, address: "10.0.0.5", host: "pc01", intent: .fetch)
        ticket.deliveries = [
            .init(path: "a b", decision: .plain, bytes: 5),
            .init(
                path: "linbocmd/pc01.cmd", plugin: "onboot-cmd", decision: .made, reason: "x; y", bytes: 0,
                claim: .init(owner: "onboot-cmd", token: "7", isOneShot: true)),
        ]
        return ticket
    }()

    @Test func comesBackFromDisk() {
        #expect(Ticket(Self.ticket.encoded(for: connection), of: connection) == Self.ticket)
    }

    /// An upload's token stood without an owner, and a claim's with all plugins of its chain.
    @Test func aTicketOfAnOlderDaemonIsRead() {
        func bytes(_ token: String, _ owners: String) -> [UInt8] {
            let fields = [
                "1", connection.description, "5", "10.0.0.5", "pc01", "fetch", "1", "a", "", "made", "", "", token, "",
                owners,
            ]
            return fields.flatMap { field in
                (0..<4).reversed().map { UInt8(truncatingIfNeeded: field.utf8.count >> ($0 * 8)) } + Array(field.utf8)
            }
        }
        func claim(_ token: String, _ owners: String) -> Delivery.Claim? {
            Ticket(bytes(token, owners), of: connection)?.deliveries.first?.claim
        }
        #expect(claim("7", "windows-key,onboot-cmd") == .init(owner: "onboot-cmd", token: "7", isOneShot: false))
        #expect(claim("twin 1:2:3:4", "")?.token == "twin 1:2:3:4")
        #expect(claim("", "") == nil)
    }

    /// A record's file is used again.
    @Test func anotherConnectionsTicketIsNone() {
        let later = ConnectionID(process: 7, started: 10)
        #expect(Ticket(Self.ticket.encoded(for: connection), of: later) == nil)
    }

    @Test func aTicketThatIsCutOffIsNone() {
        let bytes = Self.ticket.encoded(for: connection)
        for count in 0..<bytes.count { #expect(Ticket(Array(bytes.prefix(count)), of: connection) == nil) }
    }

    @Test("any ticket comes back from disk, whatever clients' names and plugins' words are")
    func anyTicket() {
        var fuzz = Fuzz("whole tickets", texts: ["images/win11", "once", "twin 1:2:3", "1"], spice: ",;\u{0}\u{1}1")
        func text() -> String { fuzz.nextText() }
        func some() -> String? { Optional(fuzz.nextText()).flatMap { $0.isEmpty ? nil : $0 } }
        for number in 0..<2000 {
            var ticket = Ticket(
                asked: Int64(number) << 50, address: text(), host: some(),
                intent: [.fetch, .probe, .store][number % 3])
            ticket.deliveries = (0..<number % 5).map { part in
                let claim = Delivery.Claim(owner: "onboot-cmd", token: text(), isOneShot: part % 2 == 0)
                return Delivery(
                    path: text(), plugin: some().map { PluginName(stringLiteral: $0) }, decision: .all[part],
                    reason: some(), bytes: part == 0 ? nil : Int64.max - Int64(part), claim: part == 1 ? nil : claim)
            }
            if number % 2 == 0 { ticket.owner = text() }
            #expect(Ticket(ticket.encoded(for: connection), of: connection) == ticket, "\(ticket)")
        }
    }

    @Test func anyBytesAreReadOrRefused() {
        var fuzz = Fuzz("tickets", samples: [Self.ticket.encoded(for: connection)], spice: "\u{0}\u{1}1")
        for _ in 0..<20_000 { _ = Ticket(fuzz.next(), of: connection) }
    }
}
