import ArgumentParser
import CommandLineKit
import Control
import HookStore
import LinboModel

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The audit log of all hosts: every request, what was decided, and how it ended.")

    @OptionGroup var options: CommonOptions

    @Option(name: .long, help: "How far to look back: 30m, 24h, 7d.")
    var since: Span = Span(duration: .seconds(86_400))

    @Option(name: .long, help: "Only before then: 30m, 24h ago.")
    var until: Span?

    @Option(name: .long, help: "Hosts, group:NAME or room:NAME, or an address; with commas between them.")
    var host: String?

    @Option(name: .long, help: "Only paths that have this in them.")
    var path: String?

    @Option(name: .long, help: "Only outcomes or results that begin like this: delivered, failed, refused, missing.")
    var state: String?

    @Option(name: .long, help: "At most so many entries, the newest.")
    var limit = 200

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit wants a number from 1 on") }
    }

    func run() async throws {
        let entries = try await options.ask(
            GetAudit(
                since: since.description, until: until?.description, targets: host.map { [$0] }, path: path,
                state: state, limit: limit), within: .seconds(60))
        try options.show(
            entries,
            Output.table(
                ["time", "host", "path", "from", "result", "outcome", "size", "ms", "remark"],
                entries.map { entry in
                    [
                        Output.time(milliseconds: entry.at), entry.host ?? entry.address, entry.path,
                        entry.plugin ?? "tree", entry.decision.rawValue, entry.outcome.description,
                        Output.size(entry.bytes),
                        entry.duration.map(String.init) ?? "-", entry.reason ?? "",
                    ]
                }))
    }
}
