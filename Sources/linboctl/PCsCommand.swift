import ArgumentParser
import CommandLineKit
import Control
import LinboModel
import LinuxKit
import Timeline

struct PCs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pcs",
        abstract: "What each PC does right now, how far its last boot came, and what keeps it.",
        discussion: """
            What is known is what a PC fetched from this server: STATE is what it did last, FOR how long ago that began, \
            SEEN when it was last heard of. A PC whose system runs is heard of no more.
            """)

    @OptionGroup var options: CommonOptions

    @Argument(help: "Hosts, group:NAME, room:NAME or school:NAME; all that boot from the network by default.")
    var targets: [String] = []

    @Option(name: .long, help: "How far to look back for boots: 30m, 24h, 7d.")
    var since: Span?

    @Flag(name: .long, help: "Go on showing them, until Ctrl-C: on a terminal as a table, else each change as a line.")
    var watch = false

    @Flag(name: .long, help: "Ask the PCs' ports what they run right now: LINBO, Windows, Linux.")
    var probe = false

    func validate() throws {
        guard !probe || !watch && since == nil else {
            throw ValidationError("--probe does not go with --watch and --since")
        }
    }

    func run() async throws {
        if probe {
            let found = try await options.ask(
                ProbePCs(targets: targets.isEmpty ? ["all"] : targets), within: .seconds(60))
            return try options.show(
                found, Output.table(["host", "runs"], found.map { [$0.host, $0.found.rawValue] }))
        }
        if watch { return try await goOn() }
        let pcs = try await ask()
        guard pcs.count == 1, targets == [pcs[0].host], !options.json else {
            return try options.show(pcs, Self.table(pcs))
        }
        let answer = try await options.ask(GetPC(host: pcs[0].host), within: .seconds(60))
        try options.show(answer, Self.table(pcs) + Self.rest(answer))
    }

    private func ask() async throws -> [GetPCs.PC] {
        try await options.ask(
            GetPCs(targets: targets.isEmpty ? nil : targets, since: since?.description), within: .seconds(60))
    }

    private func goOn() async throws {
        var shown: [String: String] = [:]
        while true {
            let pcs = try await ask()
            if Terminal.height != nil, !options.json {
                print(Terminal.cleared + Self.table(pcs))
            } else {
                for pc in pcs where shown[pc.host] != Self.mark(pc) {
                    shown[pc.host] = Self.mark(pc)
                    print(options.json ? try Output.line(pc) : Self.line(pc))
                }
            }
            Terminal.flush()
            try await Task.sleep(for: .seconds(2))
        }
    }

    // MARK: In words

    private static func table(_ pcs: [GetPCs.PC]) -> String {
        Output.table(
            ["host", "room", "state", "for", "seen", "last boot", "s", "what"],
            pcs.map { pc in
                let boot = pc.lastBoot
                return [
                    pc.host, pc.room, words(pc.state), age(pc.state.since), age(pc.state.seen),
                    boot.map { Output.time(milliseconds: $0.began) } ?? "-", boot.map { "\($0.seconds)" } ?? "-",
                    what(pc),
                ]
            })
    }

    private static func words(_ state: PCState) -> String {
        guard let step = state.step, state.phase == .linbo, step != .linbo else { return state.phase.rawValue }
        return step == .image ? "linbo, has its image" : "linbo, has its start.conf"
    }

    /// What it fetches, or what keeps it; else the image it got.
    private static func what(_ pc: GetPCs.PC) -> String {
        let transfer = pc.state.transfer.map(\.description)
        let keeps = pc.state.stuck.map { "stuck: \($0)" } ?? pc.fault
        return [transfer, keeps].compactMap { $0 }.joined(separator: "; ").nilIfEmpty ?? pc.lastBoot?.image ?? ""
    }

    private static func age(_ time: Int64?) -> String {
        guard let time else { return "-" }
        let seconds = max(0, UnixTime.nowMilliseconds() - time) / 1000
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7200: "\(seconds / 60) min"
        default: "\(seconds / 3600) h"
        }
    }

    private static func mark(_ pc: GetPCs.PC) -> String {
        let tenth = pc.state.transfer?.share.map { "\(Int($0 * 10))" } ?? ""
        return "\(words(pc.state)) \(tenth) \(pc.state.stuck ?? "") \(pc.fault ?? "")"
    }

    private static func line(_ pc: GetPCs.PC) -> String {
        let words = [pc.host, words(pc.state), what(pc)].filter { !$0.isEmpty }.joined(separator: "  ")
        return Output.time(milliseconds: UnixTime.nowMilliseconds()) + "  " + Output.printable(words)
    }

    private static func rest(_ answer: GetPC.Answer) -> String {
        let running = answer.running.map { "right now: \($0.description), to \($0.address), for \($0.age) s" }
        let boots = Output.table(
            ["boot", "reached", "image", "s", "fault"],
            answer.boots.reversed().map { boot in
                [
                    Output.time(milliseconds: boot.began), boot.reached.rawValue, boot.image ?? "-",
                    "\(boot.seconds)", boot.fault ?? "",
                ]
            })
        return ([""] + running.map(Output.printable) + (answer.boots.isEmpty ? [] : ["", boots])).joined(
            separator: "\n")
    }
}

extension RunningTransfer {
    /// Seconds since it began.
    var age: Int64 { max(0, UnixTime.nowMilliseconds() - began) / 1000 }
}

extension String {
    fileprivate var nilIfEmpty: String? { isEmpty ? nil : self }
}
