import API
package import ArgumentParser
import CommandLineKit
import LinboModel

extension ClientLogs: CommandsProvider {
    /// `linboctl logs`, `linboctl hardware` and `linboctl client-images`.
    package static var commands: [any ParsableCommand.Type] {
        [LogsCommand.self, HardwareCommand.self, ClientImagesCommand.self]
    }
}

/// `linboctl logs`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "The log of a PC's LINBO, as the PC sent it, the newest lines last.",
        discussion: "A PC sends its log after each step: before the menu, after a sync, before it starts a system.")

    @OptionGroup var options: CommonOptions

    @Argument(help: "A host.")
    var host: String

    @Option(name: .shortAndLong, help: "How many lines.")
    var lines = 100

    @Flag(name: .shortAndLong, help: "Go on with what comes, until Ctrl-C.")
    var follow = false

    private static let interval = Duration.seconds(1)

    func run() async throws {
        var page = try await options.ask(GetClientLog(host: host, lines: lines))
        guard follow else {
            if page.next == nil, !options.json { Terminal.complain("linboctl: \(page.host) has sent no log yet") }
            return try options.show(page, page.lines.joined(separator: "\n"))
        }
        while true {
            try show(page)
            if page.lines.isEmpty { try await Task.sleep(for: Self.interval) }
            page = try await options.ask(GetClientLog(host: host, lines: lines, after: page.next), quietly: true)
        }
    }

    private func show(_ page: GetClientLog.Answer) throws {
        guard !page.lines.isEmpty else { return }
        if page.hasGap { Terminal.complain("linboctl: some lines are not kept any more") }
        print(options.json ? try Output.line(page) : page.lines.map(Output.printable).joined(separator: "\n"))
        Terminal.flush()
    }
}

/// `linboctl hardware`.
struct HardwareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hardware", abstract: "What a PC is made of, and firmware that LINBO lacks for it.",
        discussion: "PCs report it once for each cache partition, by hwinfo.")

    @OptionGroup var options: CommonOptions

    @Argument(help: "A host.")
    var host: String

    @Flag(name: .long, help: "What was another before, the newest change first.")
    var changes = false

    func run() async throws {
        let answer = try await options.ask(GetHardware(host: host))
        try options.show(answer, changes ? Self.changes(answer) : Self.text(answer))
    }

    private static func changes(_ answer: GetHardware.Answer) -> String {
        guard !answer.changes.isEmpty else { return "\(answer.host): no change is known" }
        return answer.changes.flatMap { change in
            change.what.map { "\(Output.time(milliseconds: change.at))  \($0)" }
        }.joined(separator: "\n")
    }

    private static func text(_ answer: GetHardware.Answer) -> String {
        var rows: [[String]] = []
        if let facts = answer.facts {
            let all: [(String, String?)] =
                [
                    ("vendor", facts.vendor), ("product", facts.product), ("serial number", facts.serial),
                    ("firmware", facts.firmware), ("processor", facts.processorText),
                    ("memory", facts.memory.map(HardwareFacts.memoryText)),
                ] + facts.disks.map { ("disk", $0.text) } + facts.cards.map { ("network card", $0.text) }
                + [
                    ("so since", answer.since.map { Output.time(milliseconds: $0) }),
                    ("reported", answer.seen.map { Output.time(milliseconds: $0) }),
                ]
            rows = all.map { [$0.0, $0.1 ?? "-"] }
        } else {
            rows = [["reported", "never"]]
        }
        rows += answer.missingFirmware.map {
            ["firmware missing", "\($0.name), last seen \(Output.time(milliseconds: $0.seen))"]
        }
        return Output.table([answer.host, ""], rows)
    }
}

/// `linboctl client-images`.
struct ClientImagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client-images", abstract: "Which PC has which image, and whether the server has a newer one.",
        discussion: "By what PCs told after their last sync. Images that no PC told of are those of its start.conf.")

    @OptionGroup var options: CommonOptions

    @Argument(help: "Hosts, group:NAME or room:NAME; all by default.")
    var targets: [String] = []

    @Option(name: .long, help: "Of one image, such as win11.")
    var image: String?

    @Flag(name: .long, help: "Those alone that have an older one than the server.")
    var outdated = false

    func run() async throws {
        let rows = try await options.ask(
            GetClientImages(targets: targets.isEmpty ? nil : targets, image: image, outdated: outdated))
        try options.show(
            rows,
            Output.table(
                ["host", "image", "of", "server has", "state", "when", "since"],
                rows.map { row in
                    [
                        row.host, row.image, Self.time(row.timestamp), Self.time(row.current), row.state.rawValue,
                        row.act.map { "\($0) \(Self.time(row.at))" } ?? "-",
                        row.since.map { Output.time(milliseconds: $0) } ?? "-",
                    ]
                }, isBad: { rows[$0].state == .outdated }))
    }

    /// `2026-11-28 12:45` of `202611281245`.
    private static func time(_ text: String?) -> String {
        guard let text, text.count == 12 else { return "-" }
        let parts = [(0, 4), (4, 2), (6, 2), (8, 2), (10, 2)].map { text.dropFirst($0.0).prefix($0.1) }
        return "\(parts[0])-\(parts[1])-\(parts[2]) \(parts[3]):\(parts[4])"
    }
}
