package import API
package import APIClient
import ArgumentParser
import Foundation
import HookConfig

/// Before or behind the subcommand.
package struct CommonOptions: ParsableArguments {
    /// The path of `--config`, else of `LINBO_HOOKD_CONFIG`, else the usual one.
    @Option(name: .long, help: "The configuration file.")
    package var config = ProcessInfo.processInfo.environment["LINBO_HOOKD_CONFIG"] ?? "/etc/linbo-hookd.yaml"

    /// Whether `show` prints JSON.
    @Flag(name: .long, help: "Print JSON.")
    package var json = false

    /// For ArgumentParser, which fills in what the command line says.
    package init() {}

    /// Asks the daemon.
    /// - Throws: `Fault`, `NoDaemon`, `PermissionDenied`, `ConfigError`.
    package func ask<Question: APIOperation>(
        _ question: Question, within limit: Duration = .seconds(10), quietly: Bool = false
    ) async throws -> Question.Answer {
        try await withDaemon(quietly: quietly) { try await $0.ask(question, within: limit) }
    }

    /// Runs `body` with the first place where a daemon listens. One that does not answer may have done what it was told:
    /// nobody else is asked then.
    /// - Parameter quietly: not even that the daemon works with another configuration than the file's is told.
    package func withDaemon<Value: Sendable>(
        quietly: Bool = false, _ body: (APIClient) async throws -> Value
    ) async throws -> Value {
        var missing: NoDaemon?
        for place in try DaemonPlace.all(for: config) {
            do {
                let value = try await body(APIClient(socket: place.socket))
                if let remark = place.remark, !quietly { Terminal.complain("linboctl: \(remark)") }
                return value
            } catch let error as NoDaemon where error.isAbsent {
                missing = missing ?? error
            }
        }
        throw missing ?? NoDaemon(config)
    }

    /// Prints an answer as `--json` wants it: the value, or else the text, by the pager if it is long.
    package func show(_ value: some Encodable, _ text: @autoclosure () -> String) throws {
        if json { print(try Output.json(value)) } else { Pager.show(text()) }
    }
}
