import ArgumentParser
import CommandLineKit
import Control
import HookStore
import LinboHookd
import LinboModel
import Timeline

struct Why: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One timeline of a host: what it asked, what it got and from whom, what it never asked for.")

    @OptionGroup var options: CommonOptions

    @Argument(help: "A host's name, or an address.")
    var host: String

    @Option(name: .long, help: "How far to look back: 30m, 24h, 7d.")
    var since: Span = Span(duration: .seconds(86_400))

    func run() async throws {
        let answer = try await options.ask(GetTimeline(host: host, since: since.description), within: .seconds(60))
        try options.show(answer, answer.text(since: since))
    }
}

extension GetTimeline.Answer {
    fileprivate func text(since: Span) -> String {
        let name = host ?? "unknown client"
        let head = "\(Output.Style.bold.applied(to: name))  \(address)  (\(recognised))"
        let top = [head, verdict] + running.map { Output.printable("right now: \($0.description), for \($0.age) s") }
        guard !entries.isEmpty else {
            return (top + ["asked for nothing in the last \(since)"]).joined(separator: "\n")
        }
        let starts = Set(boots.map(\.began))
        let table = Output.table(
            ["", "time", "by", "path", "from", "result", "outcome", "size", "remark"],
            entries.map { entry in
                [
                    starts.contains(entry.at) ? "boot" : "", Output.time(milliseconds: entry.at),
                    entry.transport + (entry.intent == "probe" ? " (dry)" : ""),
                    entry.path, entry.plugin ?? "tree", entry.decision.rawValue,
                    BootSteps.isExpectedMiss(entry) ? "usual" : entry.outcome.description, Output.size(entry.bytes),
                    entry.reason ?? "",
                ]
            })
        let missing = neverAsked.isEmpty ? [] : ["never asked for: \(neverAsked.joined(separator: ", "))"]
        return (top + [table] + missing).joined(separator: "\n")
    }
}
