import ArgumentParser
import CommandLineKit
import Control
import Foundation
import HookHost
import LinboHookd

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Is the daemon well, and what does it do right now?")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let report = try await options.ask(GetStatus())
        try options.show(report, Self.text(report))
        if !report.problems.isEmpty { throw ExitCode(1) }
    }

    private static func text(_ report: StatusReport) -> String {
        let rows =
            [
                ["version", report.version], ["process", "\(report.process)"],
                ["since", Output.time(milliseconds: report.started * 1000)], ["configuration", report.config],
                ["plugins", report.plugins.joined(separator: ", ")], ["hosts", "\(report.hosts)"],
                ["live connections", "\(report.live.values.reduce(0, +)) of \(report.live.count) clients"],
            ] + report.figures.map { [$0.label, "\($0.value)"] } + [
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

struct Plugins: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The plugins in the order that requests pass them, and the paths that each claims.")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let plugins = try await options.ask(GetPlugins())
        try options.show(
            plugins,
            Output.table(
                ["plugin", "enabled", "claims"],
                plugins.map { [$0.name, $0.isEnabled ? "yes" : "no", $0.claims.joined(separator: " ")] }))
    }
}

struct CheckConfig: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "As `linbo-hookd check`: what is wrong in the configuration and its files?")

    @OptionGroup var options: CommonOptions

    func run() async throws {
        let report = await CheckReport.run(file: options.config)
        try options.show(report, report.printed(for: options.config))
        if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
    }
}

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Have the daemon read its configuration anew, whole or not at all.",
        discussion:
            "Transfers that run go on. What is bound at the start (tftp, metrics, sockets, directories) takes a restart."
    )

    @OptionGroup var options: CommonOptions

    func run() async throws {
        // A broken file still has a daemon, which says what is wrong with it.
        let answer = try await options.ask(Reload(), quietly: true)
        try options.show(answer, answer.done)
    }
}

struct RsyncdConfCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rsyncd-conf", abstract: "The two modules of rsyncd that fit this configuration, to include.")

    @OptionGroup var options: CommonOptions

    func run() throws {
        let config = try Config(file: options.config)
        let file = URL(fileURLWithPath: options.config).standardizedFileURL.path
        print(RsyncdConf.text(config, configFile: file, hook: try Self.besideThisProgram("linbo-hook")), terminator: "")
    }

    /// The programs are installed side by side.
    private static func besideThisProgram(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name).path
    }
}
