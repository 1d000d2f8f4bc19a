import ArgumentParser
import Foundation
import HookConfig
import HookHost
import HookWire
import LinboHookd

struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "What happens, live: images that go live, uploads refused, new hosts.",
        discussion: "Shows what happened since the daemon's start, at most the last 1000, then goes on until Ctrl-C.")

    @OptionGroup var options: CommonOptions

    @Flag(name: .long, help: "Show what was until now, and end.")
    var once = false

    /// The daemon answers within 20 seconds, with events or without.
    private static let patience = 30_000

    func run() throws {
        let config = try options.load()
        var seen = once ? -1 : 0
        repeat {
            for event in try next(config, after: seen) {
                print(options.json ? try Self.line(event) : Self.text(event))
                seen = event.number
            }
            // Also into a pipe.
            fflush(nil)
        } while !once
    }

    private func next(_ config: Config, after number: Int) throws -> [Event] {
        let question = EventCalls.events(after: number)
        // What was until now is told at once.
        if once { return try JSONDecoder().decode([Event].self, from: DaemonSocket.answer(question, config)) }
        let socket = try DaemonSocket.connect(config)
        guard let bytes = DaemonSocket.ask(question, on: socket, milliseconds: Self.patience) else {
            throw Failure("the daemon on \(config.socket) has ended, is stuck, or is of another version")
        }
        return try JSONDecoder().decode([Event].self, from: Data(bytes))
    }

    private static func line(_ event: Event) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(event), as: UTF8.self)
    }

    private static func text(_ event: Event) -> String {
        Output.printable(
            "\(Output.time(milliseconds: event.at))  \(event.kind.rawValue)  \(event.subject)  by \(event.by)  \(event.detail)"
        )
    }
}
