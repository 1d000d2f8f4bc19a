import APIClient
import ArgumentParser
import CommandLineKit
import Control
import Foundation
import HookConfig
import HookHost
import HookWire
import LinboHookd
import Logging
import ServiceLifecycle
import UnixSignals

/// The daemon's command line. Exit status: 0 done, 1 refused or failed, 2 wrong usage.
@main
struct LinboHookdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "linbo-hookd", abstract: "Gives each LINBO client its own bytes, over rsync's hooks.",
        version: linboHookdVersion, subcommands: [Serve.self, CheckCommand.self, OnceCommand.self])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: any Error) -> Never {
        if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
        let isUsage = exitCode(for: error) == .validationFailure
        let message = fullMessage(for: error)
        if exitCode(for: error) == .success { print(message) } else { Terminal.complain(message) }
        Foundation.exit(isUsage ? 2 : exitCode(for: error).rawValue)
    }
}

struct ConfigOption: ParsableArguments {
    @Option(name: .long, help: "The configuration file.")
    var config = "/etc/linbo-hookd.yaml"
}

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer rsyncd's hooks until SIGTERM or SIGINT.",
        discussion: "SIGHUP has the configuration read anew, as `linboctl reload` does.")

    @OptionGroup var option: ConfigOption

    @Flag(name: .long, help: "Log more.")
    var verbose = false

    func run() async throws {
        let logger = DaemonLog.logger(verbose ? .debug : .info)
        do {
            let daemon = try await Daemon.withFile(option.config, logger: logger)
            let group = ServiceGroup(
                services: [daemon], gracefulShutdownSignals: [.sigterm, .sigint], logger: DaemonLog.logger(.error))
            try await group.run()
        } catch {
            Terminal.complain("linbo-hookd: \(error)")
            throw ExitCode(1)
        }
    }
}

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check the configuration and the files that it names.",
        discussion:
            "Prints FILE:LINE:COLUMN: what, and the fix; exit status 1 if something keeps the daemon, all PCs, or a row's PC from its own; warnings alone are 0."
    )

    @OptionGroup var option: ConfigOption

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() async throws {
        let report = await CheckReport.run(file: option.config)
        print(json ? try Output.json(report) : report.printed(for: option.config))
        if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
    }
}

struct OnceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "once", abstract: "Do one hook's work without the daemon; linbo-hook runs it.",
        discussion: "All else comes from rsyncd's environment.")

    @Argument(help: "early, pre or post.")
    var call: String

    @OptionGroup var option: ConfigOption

    func validate() throws {
        guard HookCall(word: call) != nil else { throw ValidationError("'\(call)' is none of early, pre, post") }
    }

    func run() async throws {
        guard let call = HookCall(word: call) else { throw ExitCode(2) }
        let frame = HookFrame(call: call, fields: RawEnvironment.entries(prefix: "RSYNC_"))
        do {
            let reply = try await Once.answer(frame, file: option.config, logger: DaemonLog.logger(.warning))
            guard reply.verdict != .proceed else { return }
            // rsyncd shows the client what a refusing hook wrote to its standard output.
            print(String(decoding: reply.text, as: UTF8.self))
        } catch {
            print("linbo-hookd: its configuration is not right; see the server's log")
            Terminal.complain("linbo-hookd once: \(error)")
        }
        throw ExitCode(1)
    }
}
