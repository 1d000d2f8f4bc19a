import ArgumentParser
import CommandLineKit
import Control
import DHCP

struct DHCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dhcp", abstract: "Make the DHCP server's hosts and boot files from devices.csv.",
        discussion: "`dhcp:` in the configuration says for which server, and which file it includes.",
        subcommands: [Render.self, Check.self, Apply.self])

    struct Render: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print the configuration; nothing is changed.")

        @OptionGroup var options: CommonOptions

        @Option(name: .long, help: "For another server than the configured one: isc, dnsmasq or kea.")
        var server: DHCPServer?

        func run() async throws {
            let answer = try await options.ask(RenderDHCP(server: server?.rawValue))
            for problem in answer.problems { Terminal.complain(problem) }
            print(answer.text, terminator: "")
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have the server's own program check what `apply` would write; nothing is changed.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            let answer = try await options.ask(ApplyDHCP(isTrial: true), within: .seconds(120))
            for problem in answer.problems { Terminal.complain(problem) }
            try options.show(answer, "\(answer.checker) takes it: \(answer.summary)")
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the configuration, replace the file, and tell the server.",
            discussion: "If the check or the reload fails, the old file stays. Exit status 0: the server has it.")

        @OptionGroup var options: CommonOptions

        @Flag(name: .long, help: "Show what would change, and check it; change nothing.")
        var dryRun = false

        func run() async throws {
            let answer = try await options.ask(ApplyDHCP(isTrial: dryRun), within: .seconds(120))
            for problem in answer.problems { Terminal.complain(problem) }
            let end = answer.isUnchanged ? "unchanged" : dryRun ? "not written: --dry-run" : "written"
            let lines = dryRun ? answer.changes : answer.someChanges
            try options.show(
                answer,
                (lines.map(ApplyDHCP.Answer.coloured) + ["\(answer.file): \(answer.summary); \(end)"])
                    .joined(separator: "\n"))
        }
    }
}

extension DHCPServer: ExpressibleByArgument {}

extension ApplyDHCP.Answer {
    fileprivate var summary: String {
        let counts = [(added, "new"), (changed, "changed"), (removed, "gone")].filter { $0.0 > 0 }
        let words = counts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return "\(hosts) hosts; " + (isUnchanged ? "nothing changes" : "entries: \(words)")
    }

    /// A new school's 40,000 lines would hide what matters.
    fileprivate var someChanges: [String] {
        let limit = 100
        guard changes.count > limit else { return changes }
        return changes.prefix(limit) + [" … \(changes.count - limit) more lines; --dry-run shows all"]
    }

    fileprivate static func coloured(_ line: String) -> String {
        let shown = Output.printable(line)
        switch line.first {
        case "-": return Output.Style.red.applied(to: shown)
        case "+": return Output.Style.green.applied(to: shown)
        default: return shown
        }
    }
}
