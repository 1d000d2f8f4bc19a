import ArgumentParser
import Foundation
import HookConfig
import HookHost
import HookStore
import HookWire
import LinboHookd

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Is the daemon well, and what does it do right now?")

    @OptionGroup var options: CommonOptions

    func run() throws {
        let report = try DaemonSocket.status(try options.load())
        try options.show(report, Self.text(report))
        if !report.problems.isEmpty { throw ExitCode(1) }
    }

    private static func text(_ report: StatusReport) -> String {
        let rows = [
            ["version", report.version], ["process", "\(report.process)"],
            ["since", Output.time(milliseconds: report.started * 1000)], ["configuration", report.config],
            ["plugins", report.plugins.joined(separator: ", ")], ["hosts", "\(report.hosts)"],
            ["live connections", "\(report.live.values.reduce(0, +)) of \(report.live.count) clients"],
            ["boot commands", "\(report.bootCommands)"], ["machine accounts that wait", "\(report.machineAccounts)"],
            ["uploads in quarantine", "\(report.quarantined)"],
            ["hosts that wait for an import", "\(report.newcomers)"],
            ["free on the tree's disk", Output.size(report.free)],
            [
                "audit entries",
                "\(report.auditEntries)"
                    + (report.auditSummedUp > 0 ? ", and \(report.auditSummedUp) summed up since the start" : ""),
            ],
            [
                "database",
                "\(Output.size(report.databaseSize)) of \(Output.size(report.databaseLimit)) (audit.max-size)",
            ],
            ["memory", Output.size(Int64(report.memory) * 1024)],
        ]
        let limits = report.uploadLimits.map { "uploads: \($0)" }
        let problems =
            report.problems.map { Output.Style.red.applied(to: $0) } + report.warnings.map { "\($0) (warning)" }
        return ([Output.table(["linbo-hookd", "runs"], rows)] + limits + problems).joined(separator: "\n")
    }
}

struct Plugins: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The plugins in the order that requests pass them, and the paths that each claims.")

    @OptionGroup var options: CommonOptions

    struct Row: Encodable {
        let name: String
        let isEnabled: Bool
        let claims: [String]
    }

    func run() throws {
        let config = try options.load()
        let assembly = try options.assembly(config, store: nil)
        let enabled = assembly.runtime.plugins.map { plugin in
            Row(name: type(of: plugin).name.description, isEnabled: true, claims: plugin.claims.map(\.description))
        }
        let others = pluginRegistry.map { type in type.name.description }.filter { name in
            !enabled.contains { $0.name == name }
        }
        let rows = enabled + others.map { Row(name: $0, isEnabled: false, claims: []) }
        try options.show(
            rows,
            Output.table(
                ["plugin", "enabled", "claims"],
                rows.map { [$0.name, $0.isEnabled ? "yes" : "no", $0.claims.joined(separator: " ")] }))
    }
}

struct CheckConfig: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "As `linbo-hookd check`: what is wrong in the configuration and its files?")

    @OptionGroup var options: CommonOptions

    func run() throws {
        let report = Check.run(file: options.config, logger: Terminal.silent)
        try options.show(report, report.printed(for: options.config))
        if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
    }
}

struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have the daemon read its configuration anew, whole or not at all.",
        discussion:
            "Transfers that run go on. What is bound at the start (tftp, metrics, socket, folders) takes a restart.")

    @OptionGroup var options: CommonOptions

    func run() throws {
        // A broken file still has a daemon, which says what is wrong with it.
        let config = try ConfigInUse.ofDaemon(options.config).config
        let text = try DaemonSocket.answer(HookFrame(call: .reload), config, milliseconds: 30_000)
        try options.show(["done": String(decoding: text, as: UTF8.self)], String(decoding: text, as: UTF8.self))
    }
}

struct RsyncdConfCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rsyncd-conf", abstract: "The two modules of rsyncd that fit this configuration, to include.")

    @OptionGroup var options: CommonOptions

    func run() throws {
        let config = try options.loadFile()
        let file = URL(fileURLWithPath: options.config).standardizedFileURL.path
        print(RsyncdConf.text(config, configFile: file, hook: try Self.besideThisProgram("linbo-hook")), terminator: "")
    }

    /// The programs are installed side by side.
    private static func besideThisProgram(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
    }
}
