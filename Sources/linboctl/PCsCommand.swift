import ArgumentParser
import HookConfig
import HookHost
import HookStore
import LinboHookd
import LinboModel
import LinuxKit

struct PCs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pcs",
        abstract: "Each PC's last boot: when, how far, with which image, how long, and what was missing.")

    @OptionGroup var options: CommonOptions

    @Argument(help: "Hosts, group:NAME or room:NAME; all that boot from the network by default.")
    var targets: [String] = []

    @Option(name: .long, help: "How far to look back: 30m, 24h, 7d.")
    var since: Span = Span(duration: .seconds(86_400))

    struct Row: Encodable {
        let host: String
        let room: String
        let group: String
        /// nil: none in that time.
        let lastBoot: Boot?
        let boots: Int
    }

    /// Rows of the audit log: a day of some thousand PCs.
    private static let limit = 1_000_000

    func run() throws {
        let config = try options.load()
        DaemonSocket.flush(config)
        let assembly = try options.assembly(config, store: nil)
        let hosts =
            targets.isEmpty
            ? assembly.hosts.devices.hosts.filter { $0.pxe != 0 } : try Targets(targets).all(in: assembly)
        let entries = try Store(reading: config.state).audit.entries(
            .init(since: UnixTime.nowMilliseconds() - since.duration.milliseconds, limit: Self.limit))
        let byHost = Dictionary(grouping: entries.filter { $0.host != nil }) { $0.host?.lowercased() ?? "" }
        let groups = config.groups
        let rows = hosts.map { host in
            let boots = Boot.all(byHost[host.name.lowercased] ?? [])
            return (
                host,
                Row(
                    host: host.name.description, room: host.room, group: host.group.description, lastBoot: boots.last,
                    boots: boots.count)
            )
        }
        try options.show(
            rows.map(\.1),
            Output.table(
                ["host", "room", "last boot", "reached", "image", "s", "fault"],
                rows.map { host, row in
                    guard let boot = row.lastBoot else { return [row.host, row.room, "-", "-", "-", "-", ""] }
                    return [
                        row.host, row.room, Output.time(milliseconds: boot.began), boot.reached.rawValue,
                        boot.image ?? "-", "\(boot.seconds)",
                        boot.explainedFault(of: host, groups: groups) ?? "",
                    ]
                }))
    }
}
