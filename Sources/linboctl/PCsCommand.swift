import ArgumentParser
import CommandLineKit
import Control
import LinboHookd

struct PCs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pcs",
        abstract: "Each PC's last boot: when, how far, with which image, how long, and what was missing.")

    @OptionGroup var options: CommonOptions

    @Argument(help: "Hosts, group:NAME, room:NAME or school:NAME; all that boot from the network by default.")
    var targets: [String] = []

    @Option(name: .long, help: "How far to look back: 30m, 24h, 7d.")
    var since: Span = Span(duration: .seconds(86_400))

    func run() async throws {
        let pcs = try await options.ask(
            GetPCs(targets: targets.isEmpty ? nil : targets, since: since.description), within: .seconds(60))
        try options.show(
            pcs,
            Output.table(
                ["host", "room", "last boot", "reached", "image", "s", "fault"],
                pcs.map { pc in
                    guard let boot = pc.lastBoot else { return [pc.host, pc.room, "-", "-", "-", "-", ""] }
                    return [
                        pc.host, pc.room, Output.time(milliseconds: boot.began), boot.reached.rawValue,
                        boot.image ?? "-", "\(boot.seconds)", pc.fault ?? "",
                    ]
                }))
    }
}
