import API
import APIClient
import ArgumentParser
import CommandLineKit
import Control
import Foundation
import HookStore

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "What happens, live: images that go live, uploads refused, what PCs do, boots that hang.",
        discussion: """
            Shows the last 1000 events first, or those after --since, and goes on until Ctrl-C. Each has a number that \
            no other ever gets: whoever gives the last one as --since misses nothing, and is told if some are gone.
            """)

    @OptionGroup var options: CommonOptions

    @Option(name: .long, help: "The number of the last event that is known already.")
    var since: Int64?

    @Flag(name: .long, help: "Show what was until now, and end.")
    var once = false

    func run() async throws {
        var page = try await options.ask(GetEvents(since: since))
        if page.hasGap { Terminal.complain("linboctl: events after \(since ?? 0) are not kept any more") }
        var seen = page.next
        while true {
            for event in page.events { show(event) }
            seen = page.next
            guard !page.events.isEmpty else { break }
            page = try await options.ask(GetEvents(since: seen))
        }
        guard !once else { return }
        let isJSON = options.json
        try await options.withDaemon(quietly: true) { client in
            try await client.stream("/v1/stream?since=\(seen)") { frame in
                Self.show(frame, isJSON: isJSON)
                return true
            }
        }
        throw Failure("the daemon has ended; go on with --since and the last number")
    }

    private func show(_ event: Event) {
        if let frame = try? APICoding.encoded(event) { Self.show(frame, isJSON: options.json) }
    }

    private static func show(_ frame: Data, isJSON: Bool) {
        if isJSON {
            print(String(decoding: frame, as: UTF8.self))
        } else if let event = try? APICoding.decoded(Event.self, from: frame) {
            let by = event.data["by"].map { "  by \($0)" } ?? ""
            print(
                Output.printable(
                    "\(event.n)  \(Output.time(milliseconds: event.at))  \(event.kind.rawValue)  \(event.subject)\(by)  "
                        + event.words))
        } else {
            Terminal.complain("linboctl: " + Output.printable(String(decoding: frame, as: UTF8.self)))
        }
        Terminal.flush()
    }
}

extension Event {
    /// What happened, for people: the details that came with it, or what its kind has instead.
    fileprivate var words: String {
        func size(_ key: String) -> String { Output.size(data[key].flatMap { Int64($0) }) }
        return switch kind {
        case .pcState:
            [data["phase"], data["step"] == data["phase"] ? nil : data["step"], data["image"]]
                .compactMap(\.self).joined(separator: ", ")
        case .pcProgress: "\(data["image"] ?? ""): \(size("sent")) of \(size("bytes"))"
        default: data["detail"] ?? ""
        }
    }
}
