import ArgumentParser
import CommandLineKit
import Control
import Supervision

struct ServicesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "services", abstract: "Programs that the daemon keeps running: how they are, what they write.",
        subcommands: [List.self, Log.self, Restart.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All of them.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            let services = try await options.ask(GetServices())
            try options.show(
                services,
                Output.table(
                    ["service", "state", "process", "since", "ended", "last", "program"],
                    services.map { service in
                        [
                            service.name, service.state.rawValue, service.process.map(String.init) ?? "-",
                            Output.time(milliseconds: service.since), "\(service.ends)", service.lastEnd ?? "",
                            service.words.joined(separator: " "),
                        ]
                    }))
        }
    }

    struct Log: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The last lines that one wrote.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Its name, from `services`.")
        var name: String

        func run() async throws {
            let lines = try await options.ask(GetServiceLog(name: name))
            try options.show(
                lines,
                lines.map { "\(Output.time(milliseconds: $0.at))  \(Output.printable($0.text))" }
                    .joined(separator: "\n"))
        }
    }

    struct Restart: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End one, and start it anew.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Its name, from `services`.")
        var name: String

        func run() async throws {
            let answer = try await options.ask(RestartService(name: name))
            try options.show(answer, "\(answer.name): it is started anew")
        }
    }
}
