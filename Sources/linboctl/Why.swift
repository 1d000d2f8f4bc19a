import ArgumentParser
import HookConfig
import HookHost
import HookStore
import LinboHookd
import LinboModel

struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One timeline of a host: what it asked, what it got and from whom, what it never asked for.")

    @OptionGroup var options: CommonOptions

    @Argument(help: "A host's name, or an address.")
    var host: String

    @Option(name: .long, help: "How far to look back: 30m, 24h, 7d.")
    var since: Span = Span(duration: .seconds(86_400))

    struct Report: Encodable {
        let host: String?
        let address: String
        let recognised: String
        let entries: [AuditEntry]
        let neverAsked: [String]
    }

    func run() throws {
        let config = try options.load()
        DaemonSocket.flush(config)
        let store = try Store(reading: config.state)
        let assembly = try options.assembly(config, store: store)
        let client = try assembly.client(host)
        let entries = try store.audit.entries(
            .init(
                host: client.host?.name.description, address: Self.address(client),
                since: UnixTime.nowMilliseconds() - since.duration.milliseconds))
        let report = Report(
            host: client.host?.name.description, address: client.address.description,
            recognised: client.recognition.description, entries: entries,
            neverAsked: client.host.map { BootSteps.missing(for: $0, in: entries) } ?? [])
        try options.show(report, report.text(since: since))
    }

    /// A host whose address changes is found by name alone.
    private static func address(_ client: Client) -> String? {
        client.host != nil && client.host?.address == nil ? nil : client.address.description
    }
}

extension Why.Report {
    func text(since: Span) -> String {
        let name = host ?? "unknown client"
        let head = "\(Output.Style.bold.applied(to: name))  \(address)  (\(recognised))"
        guard !entries.isEmpty else { return "\(head)\nasked for nothing in the last \(since)" }
        let table = Output.table(
            ["time", "by", "path", "from", "result", "outcome", "size", "remark"],
            entries.map { entry in
                [
                    Output.time(milliseconds: entry.at), entry.transport + (entry.intent == "probe" ? " (dry)" : ""),
                    entry.path, entry.plugin ?? "tree", entry.decision, entry.outcome, Output.size(entry.bytes),
                    entry.reason ?? "",
                ]
            })
        let missing = neverAsked.isEmpty ? [] : ["never asked for: \(neverAsked.joined(separator: ", "))"]
        return ([head, table] + missing).joined(separator: "\n")
    }
}

/// What every LINBO client asks for at each boot (contract §2), to see where one got stuck.
enum BootSteps {
    static func missing(for host: Host, in entries: [AuditEntry]) -> [String] {
        let asked = Set(entries.map(\.path))
        guard !asked.isEmpty else { return [] }
        let expected = [
            "start.conf.\(host.group)", "linbofs64.md5", "boot/grub/themes", "linuxmuster-win",
            "linbocmd/\(host.name).cmd",
        ]
        return expected.filter { !asked.contains($0) }
    }
}

/// A span of time on the command line.
struct Span: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration
    let description: String

    /// - Parameter duration: whole seconds.
    init(duration: Duration) {
        self.duration = duration
        let seconds = duration.milliseconds / 1000
        description = seconds % 3600 == 0 ? "\(seconds / 3600)h" : "\(seconds)s"
    }

    init?(argument: String) {
        guard let duration = Duration(parsing: argument) else { return nil }
        self.duration = duration
        description = argument
    }

    var defaultValueDescription: String { description }
}
