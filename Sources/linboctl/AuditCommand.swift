import ArgumentParser
import HookConfig
import HookHost
import HookStore
import LinboHookd
import LinboModel
import LinuxKit
import WindowsKey

struct Audit: ParsableCommand {
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

    func run() throws {
        let config = try options.load()
        DaemonSocket.flush(config)
        let hosts = try host.map { try names($0, try options.assembly(config, store: nil)) }
        let end = until.map { UnixTime.nowMilliseconds() - $0.duration.milliseconds } ?? .max
        let isFiltered = host != nil || path != nil || state != nil || until != nil
        let found = try Store(reading: config.state).audit.entries(
            .init(
                since: UnixTime.nowMilliseconds() - since.duration.milliseconds, limit: isFiltered ? 1_000_000 : limit))
        let entries = found.filter { entry in
            entry.at <= end
                && hosts.map { $0.contains(entry.host?.lowercased() ?? "") || $0.contains(entry.address) } ?? true
                && path.map { entry.path.contains($0) } ?? true
                && state.map { entry.outcome.rawValue.hasPrefix($0) || entry.decision.rawValue.hasPrefix($0) } ?? true
        }.suffix(limit)
        try options.show(
            Array(entries),
            Output.table(
                ["time", "host", "path", "from", "result", "outcome", "size", "ms", "remark"],
                entries.map { entry in
                    [
                        Output.time(milliseconds: entry.at), entry.host ?? entry.address, entry.path,
                        entry.plugin ?? "tree", entry.decision.rawValue, entry.outcome.rawValue,
                        Output.size(entry.bytes),
                        entry.duration.map(String.init) ?? "-", entry.reason ?? "",
                    ]
                }))
    }
}

extension Audit {
    /// Names and addresses, in lower case.
    private func names(_ text: String, _ assembly: Assembly) throws -> Set<String> {
        var names: Set<String> = []
        for word in text.split(separator: ",").map(String.init) {
            // One that no devices.csv has any more may have rows.
            if let hosts = try? Targets([word]).all(in: assembly) {
                names.formUnion(hosts.map { $0.name.lowercased })
            } else {
                names.insert(word.lowercased())
            }
        }
        return names
    }
}

struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Which host has which key of the pool; --release gives a host's keys back.",
        discussion: "Only the last five characters of a key are shown.")

    @OptionGroup var options: CommonOptions

    @Option(name: .long, help: "A host that is gone: its keys can be given to another.")
    var release: String?

    struct Row: Encodable {
        let host: String
        let product: String
        let key: String
        let leased: Int64
    }

    func run() throws {
        let config = try options.load()
        if !config.enables(WindowsKey.name) { Terminal.complain("linboctl: plugin windows-key is off") }
        let keys = try Store(reading: config.state).keys
        if let release {
            let count = try keys.release(host: release)
            guard count > 0 else { throw Failure("\(release) has no key of the pool") }
            print("\(release): \(count) given back")
            return
        }
        let rows = try keys.leases().map {
            Row(host: $0.host, product: $0.product, key: "…-\($0.key.text.suffix(5))", leased: $0.leased)
        }
        try options.show(
            rows,
            Output.table(
                ["host", "product", "key", "since"],
                rows.map { [$0.host, $0.product, $0.key, Output.time(milliseconds: $0.leased * 1000)] }))
    }
}
