import API
import APIClient
import ArgumentParser
import CommandLineKit
import Control
import Foundation
import HookConfig
import HookHost
import LinboHookd
import LinboModel

/// What admins type. Exit status: 0 done, 1 refused or failed, 2 wrong usage.
@main
struct Linboctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "linboctl", abstract: "Look into linbo-hookd, and tell it what PCs shall do.",
        version: linboHookdVersion,
        subcommands: [
            Why.self, PCs.self, ExplainCommand.self, EventsCommand.self, ImagesCommand.self, TFTPCommand.self,
            DHCPCommand.self, HostsCommand.self, Audit.self, Status.self, ReloadCommand.self, Plugins.self,
            WakeCommand.self, RemoteCommand.self, ScheduleCommand.self, JobsCommand.self, ServicesCommand.self,
            CheckConfig.self,
            RsyncdConfCommand.self,
            Selftest.self,
        ] + pluginRegistry.compactMap { ($0 as? any CommandProvider.Type)?.command }
            + pluginRegistry.flatMap { ($0 as? any CommandsProvider.Type)?.commands ?? [] })

    @OptionGroup var options: CommonOptions

    /// For a misspelt subcommand.
    private static func hint(_ message: String) -> String {
        guard let word = message.firstMatch(of: /Unexpected argument '([a-z-]+)'/)?.1 else { return "" }
        let names = configuration.subcommands.map { $0._commandName }
        guard !names.contains(String(word)), let nearest = nearestWord(to: String(word), in: names) else { return "" }
        return "\nDid you mean '\(nearest)'?"
    }

    /// As given on the command line.
    private static var configFile: String? {
        let words = CommandLine.arguments
        if let index = words.firstIndex(of: "--config"), words.indices.contains(index + 1) { return words[index + 1] }
        return words.first { $0.hasPrefix("--config=") }.map { String($0.dropFirst("--config=".count)) }
    }

    static func main() async {
        if let dropIn = DropIns.called(by: CommandLine.arguments.first ?? "") {
            Foundation.exit(await DropIns.run(dropIn, Array(CommandLine.arguments.dropFirst())))
        }
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch let failure as Failure {
            Terminal.complain("linboctl: \(failure.text)")
            Foundation.exit(1)
        } catch let error as ConfigError {
            Terminal.complain(error.description)
            Foundation.exit(1)
        } catch let error where error is Fault || error is PermissionDenied {
            Terminal.complain("linboctl: \(error)")
            Foundation.exit(1)
        } catch let error as NoDaemon {
            Terminal.complain("linboctl: \(error)")
            // What may keep it from starting.
            if let file = configFile, case .failure(let wrong) = Result(catching: { try Config(file: file) }) {
                Terminal.complain("\(wrong)")
            }
            Foundation.exit(1)
        } catch {
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if code == .success { print(message) } else { Terminal.complain(message + hint(message)) }
            Foundation.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}

extension CommonOptions {
    /// What the running daemon works with; without one, the file's: for what works without a daemon.
    func load() throws -> Config {
        let (config, remark) = try ConfigInUse.ofDaemon(config)
        if let remark { Terminal.complain("linboctl: \(remark)") }
        return config
    }

    /// Everything, as the daemon would put it together; its log goes nowhere.
    func assembly() throws -> Assembly { try Assembly(load(), store: nil, logger: DaemonLog.silent) }
}
