import ArgumentParser
import Foundation
import HookConfig
import HookHost
import HookStore
import HookWire
import LinboHookd
import LinboModel
import LinuxKit
import RsyncTransport
import TFTPTransport

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
        /// Oldest first.
        let boots: [Boot]
        /// What runs right now, in words.
        let running: [String]
        /// In words: how far the last boot came, and what is likely wrong.
        let verdict: String
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
        let boots = Boot.all(entries)
        let running = running(client, assembly)
        let report = Report(
            host: client.host?.name.description, address: Self.address(client) ?? "DHCP",
            recognised: client.recognition.description, entries: entries,
            neverAsked: client.host.map { BootSteps.missing(for: $0, in: entries) } ?? [], boots: boots,
            running: running, verdict: verdict(boots, running, client, config))
        try options.show(report, report.text(since: since))
    }

    private func verdict(_ boots: [Boot], _ running: [String], _ client: Client, _ config: Config) -> String {
        if let last = boots.last { return "last boot \(last.verdict(of: client.host, groups: config.groups))" }
        if !running.isEmpty { return "it fetches something right now" }
        guard let host = client.host else { return "nothing of a boot in the last \(since)" }
        if host.pxe == 0 { return "no boot in the last \(since): it has PXE flag 0 in \(host.source)" }
        return
            "no boot over this server in the last \(since): it was off, started from its disk, or asked another server"
    }

    /// By rsync from the connections' records, by TFTP from the daemon.
    private func running(_ client: Client, _ assembly: Assembly) -> [String] {
        let host = client.host?.name.description
        let address = Self.address(client)
        let rsync = assembly.hooks.running(address: address, host: host).flatMap { ticket in
            ticket.deliveries.prefix(10).map { delivery in
                let since = max(0, UnixTime.nowMilliseconds() - ticket.asked) / 1000
                return "rsync \(delivery.path), \(Output.size(delivery.bytes)), for \(since) s"
            }
        }
        let report = try? DaemonSocket.answer(HookFrame(call: .tftp), assembly.config)
        let transfers = report.flatMap { try? JSONDecoder().decode(TFTPReport.self, from: $0) }?.transfers ?? []
        let tftp = transfers.filter { $0.address == address || ($0.host != nil && $0.host == host) }.map { transfer in
            "tftp \(transfer.path), \(Output.size(transfer.sent)) of \(Output.size(transfer.size)), for \(Int(transfer.seconds)) s"
        }
        return rsync + tftp
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
        let top = [head, verdict] + running.map { "right now: \($0)" }
        guard !entries.isEmpty else {
            return (top + ["asked for nothing in the last \(since)"]).joined(separator: "\n")
        }
        let starts = Set(boots.map(\.began))
        let table = Output.table(
            ["", "time", "by", "path", "from", "result", "outcome", "size", "remark"],
            entries.map { entry in
                [
                    starts.contains(entry.at) ? "boot" : "", Output.time(milliseconds: entry.at),
                    entry.transport + (entry.intent == "probe" ? " (dry)" : ""),
                    entry.path, entry.plugin ?? "tree", entry.decision.rawValue,
                    BootSteps.isExpectedMiss(entry) ? "usual" : entry.outcome.rawValue, Output.size(entry.bytes),
                    entry.reason ?? "",
                ]
            })
        let missing = neverAsked.isEmpty ? [] : ["never asked for: \(neverAsked.joined(separator: ", "))"]
        return (top + [table] + missing).joined(separator: "\n")
    }
}

/// What every LINBO client asks for at each boot (contract §2), to see where one got stuck.
enum BootSteps {
    /// Much that clients ask for is rarely there, and no fault (contract §2).
    static func isExpectedMiss(_ entry: AuditEntry) -> Bool {
        guard entry.decision == .missing else { return false }
        let usual = [
            "tmp/", "boot/grub/spool/", "linbocmd/", "winact/", "linuxmuster-", "drivers/", "boot/grub/themes",
            "boot/grub/hostcfg/", "start.conf_", "torrent-client.conf",
        ]
        return usual.contains { entry.path.hasPrefix($0) }
            || [".qdiff", ".info", ".reg", ".postsync", ".prestart", ".macct"].contains { entry.path.hasSuffix($0) }
    }

    static func missing(for host: LinboModel.Host, in entries: [AuditEntry]) -> [String] {
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
