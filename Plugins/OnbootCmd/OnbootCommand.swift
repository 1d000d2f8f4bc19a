package import ArgumentParser
package import CommandLineKit
import HookConfig
import LinboModel

extension OnbootCmd: CommandProvider {
    /// `linboctl onboot`.
    package static var command: any ParsableCommand.Type { OnbootCommand.self }
}

extension OnbootCmd: BootCommandKeeper {
    /// As `linboctl onboot add` does.
    package static func keep(
        _ command: String, for targets: [String], replaces: Bool, expires: String?, by options: CommonOptions
    ) async throws -> String {
        let answer = try await options.ask(
            AddBootCommand(
                targets: targets, command: command, expires: expires, waiting: replaces ? .replace : .refuse))
        Terminal.complain(skipped: answer.skipped)
        return (answer.added.map(OnbootCommand.Add.text) + (answer.remark.map { [$0] } ?? []))
            .joined(separator: "\n")
    }

    /// One whose delivery has begun has not: it may break.
    package static func unfetched(among hosts: [String], by options: CommonOptions) async throws -> Set<String> {
        let entries = try await options.ask(GetBootCommands(targets: hosts, all: true))
        let last = Dictionary(entries.map { ($0.host, $0) }) { $0.id > $1.id ? $0 : $1 }
        return Set(last.values.filter { [.queued, .delivering, .expired, .removed].contains($0.state) }.map(\.host))
    }
}

/// `linboctl onboot`.
struct OnbootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "onboot", abstract: "Commands that PCs run once, at their next boot.",
        subcommands: [Add.self, List.self, Remove.self, Requeue.self], defaultSubcommand: List.self)

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Queue a command, such as 'sync:1,start:1'.",
            discussion: """
                Commands: partition label format[:N] initcache[:rsync|multicast|torrent] sync:N new:N postsync:N start:N \
                prestart:N create_image:N[:"text"] create_qdiff:N[:"text"] upload_image:N upload_qdiff:N reboot halt, \
                and noauto, disablegui. N counts from 1, as in start.conf.
                """)

        @OptionGroup var options: CommonOptions

        @Argument(help: "Hosts, group:NAME or room:NAME, with commas or blanks between them; then the command.")
        var words: [String]

        @Option(name: .long, help: "Forget it if the PC has not booted by then: 30m, 12h, 7d, never.")
        var expires: Expiry?

        @Flag(name: .long, help: "What waits already is taken out.")
        var replace = false

        @Flag(name: .long, help: "What waits already runs first, a boot for each.")
        var append = false

        func validate() throws {
            guard words.count >= 2 else {
                throw ValidationError("name a host and a command, such as: pc01 sync:1,start:1")
            }
            guard !replace || !append else { throw ValidationError("--replace and --append exclude each other") }
        }

        func run() async throws {
            let answer = try await options.ask(
                AddBootCommand(
                    targets: Array(words.dropLast()), command: words[words.count - 1], expires: expires?.text,
                    waiting: replace ? .replace : append ? .append : .refuse))
            Terminal.complain(skipped: answer.skipped)
            if let remark = answer.remark { Terminal.complain("linboctl: \(remark)") }
            try options.show(answer.added, answer.added.map(Self.text).joined(separator: "\n"))
        }

        fileprivate static func text(_ entry: OnbootEntry) -> String {
            let until = entry.expires.map { "until \(Output.time(milliseconds: $0 * 1000))" } ?? "for ever"
            return "\(entry.host): \(entry.command) (number \(entry.id), waits \(until))"
        }
    }

    /// `12h`, or `never`.
    struct Expiry: ExpressibleByArgument {
        let text: String

        init?(argument: String) {
            guard Duration(parsing: argument) != nil || argument == "never" else { return nil }
            text = argument
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "What waits, is on its way, or is uncertain.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Hosts, group:NAME or room:NAME; all by default.")
        var targets: [String] = []

        @Flag(name: .long, help: "What is over, too.")
        var all = false

        func run() async throws {
            let entries = try await options.ask(
                GetBootCommands(targets: targets.isEmpty ? nil : targets, all: all))
            try options.show(
                entries,
                Output.table(
                    ["number", "host", "command", "state", "queued", "expires", "remark"],
                    entries.map { entry in
                        [
                            entry.id == 0 ? "-" : "\(entry.id)", entry.host, entry.command, entry.state.rawValue,
                            Output.time(milliseconds: entry.created * 1000),
                            entry.expires.map { Output.time(milliseconds: $0 * 1000) } ?? "never", entry.note ?? "",
                        ]
                    }))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take commands that wait out of the queue.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Numbers from `onboot list`, or hosts, group:NAME, room:NAME: all that waits for them.")
        var which: [String]

        func run() async throws {
            let numbers = which.compactMap { Int64($0) }
            let names = which.filter { Int64($0) == nil }
            let removed = try await options.ask(RemoveBootCommands(numbers: numbers, targets: names))
            try options.show(
                ["removed": removed.map(\.id)],
                removed.map { "\($0.host): \($0.command) (number \($0.id)) removed" }.joined(separator: "\n"))
        }
    }

    struct Requeue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Queue an uncertain, delivered or expired command again.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Its number, from `onboot list --all`.")
        var number: Int64

        func run() async throws {
            let entry = try await options.ask(RequeueBootCommand(number: number))
            try options.show(["queued": entry.id], "\(entry.host): \(entry.command) (number \(entry.id))")
        }
    }
}
