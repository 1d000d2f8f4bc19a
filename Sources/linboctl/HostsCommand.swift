import ArgumentParser
import CommandLineKit
import Control
import HookHost

struct HostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts",
        abstract:
            "Hosts that registered themselves: they get no secrets until an import of devices, or until they are admitted.",
        subcommands: [List.self, Admit.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Hosts that wait, oldest first.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            let waiting = try await options.ask(GetNewcomers())
            try options.show(
                waiting,
                waiting.isEmpty
                    ? "no registered host waits"
                    : Output.table(
                        ["host", "school", "MAC", "address", "registered", "by", "role"],
                        waiting.map { row in
                            let host = row.host
                            return [
                                host.name, host.school, host.mac, host.address ?? "DHCP",
                                Output.time(milliseconds: host.at), host.by, row.role ?? "-",
                            ]
                        }))
        }
    }

    struct Admit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give registered hosts the rights of all others, without an import.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Hosts as `list` shows them, or `all`.")
        var hosts: [String]

        func run() async throws {
            let answer = try await options.ask(AdmitNewcomers(hosts: hosts))
            let lines = answer.admitted.map { "\($0): admitted" }
            try options.show(answer, lines.isEmpty ? "no registered host waits" : lines.joined(separator: "\n"))
        }
    }
}
