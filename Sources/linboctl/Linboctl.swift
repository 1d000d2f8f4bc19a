import ArgumentParser
import Foundation
import HookConfig
import HookHost
import HookStore
import ImageStore
import LinboHookd
import LinboModel

/// What admins type. Exit status: 0 done, 1 refused or failed, 2 wrong usage.
@main
struct Linboctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "linboctl", abstract: "Look into linbo-hookd, and tell it what PCs shall do.",
        version: linboHookdVersion,
        subcommands: [
            Why.self, PCs.self, Explain.self, EventsCommand.self, ImagesCommand.self, TorrentCommand.self,
            TFTPCommand.self,
            DHCPCommand.self, HostsCommand.self, MacctCommand.self, GrubImgCommand.self, Onboot.self, Keys.self,
            Audit.self, Status.self, Reload.self,
            Plugins.self, CheckConfig.self, RsyncdConfCommand.self, Selftest.self,
        ])

    @OptionGroup var options: CommonOptions

    /// For a misspelt subcommand.
    private static func hint(_ message: String) -> String {
        guard let word = message.firstMatch(of: /Unexpected argument '([a-z-]+)'/)?.1 else { return "" }
        let names = configuration.subcommands.map { $0._commandName }
        guard !names.contains(String(word)), let nearest = nearestWord(to: String(word), in: names) else { return "" }
        return "\nDid you mean '\(nearest)'?"
    }

    static func main() async {
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
        } catch let error where error is ImageStoreError || error is StoreError || error is PermissionDenied {
            Terminal.complain("linboctl: \(error)")
            Foundation.exit(1)
        } catch {
            let code = exitCode(for: error)
            let message = fullMessage(for: error)
            if code == .success { print(message) } else { Terminal.complain(message + hint(message)) }
            Foundation.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}

/// Before or behind the subcommand.
struct CommonOptions: ParsableArguments {
    @Option(name: .long, help: "The configuration file.")
    var config = "/etc/linbo-hookd.yaml"

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    /// What the running daemon works with; without one, the file's.
    func load() throws -> Config {
        let (config, remark) = try ConfigInUse.ofDaemon(config)
        if let remark { Terminal.complain("linboctl: \(remark)") }
        return config
    }

    /// The file's, whatever the daemon works with.
    func loadFile() throws -> Config { try Config(file: config) }

    /// Everything, as the daemon would put it together; its log goes nowhere.
    func assembly(_ config: Config, store: Store?) throws -> Assembly {
        try Assembly(config, store: store, logger: Terminal.silent)
    }

    func show(_ value: some Encodable, _ text: @autoclosure () -> String) throws {
        if json { print(try Output.json(value)) } else { Pager.show(text()) }
    }
}

/// Why a command can't be done, in words for its user.
struct Failure: Error {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}
