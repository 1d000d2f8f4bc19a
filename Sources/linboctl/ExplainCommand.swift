import ArgumentParser
import CommandLineKit
import Control
import HookHost

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "What would a host get for a path, from whom, and why?",
        discussion: "Asks like a dry run: nothing is consumed, leased or changed.")

    @OptionGroup var options: CommonOptions

    @Argument(help: "A host's name, or an address.")
    var host: String

    @Argument(help: "A path below the LINBO root, such as images/win11/win11.reg.")
    var path: String

    @Option(name: .long, help: "How it would ask: rsync or tftp.")
    var over = Transport.rsync

    @Flag(name: .long, help: "By the files alone, without the daemon and its database.")
    var offline = false

    func run() async throws {
        let question = Explain(host: host, path: path, over: over)
        let answer =
            offline
            ? try await Explanation.of(question, in: options.assembly())
            : try await options.ask(question, within: .seconds(60))
        try options.show(answer, answer.text)
    }
}

extension Transport: ExpressibleByArgument {}

extension Explanation {
    fileprivate var text: String {
        let who = Output.Style.bold.applied(to: Output.printable(host ?? "unknown client"))
        var lines = [
            "\(path): "
                + (claimedBy.isEmpty ? "claimed by no plugin" : "claimed by \(claimedBy.joined(separator: ", "))")
        ]
        for step in steps {
            lines.append("  \(step.plugin): \(step.action)")
            lines += step.remarks.map { "    \($0)" }
        }
        lines.append("→ \(result)" + (bytes.map { " (\($0) bytes)" } ?? ""))
        return (["\(who)  \(address)  (\(Output.printable(recognised)))"] + lines.map(Output.printable))
            .joined(separator: "\n")
    }
}
