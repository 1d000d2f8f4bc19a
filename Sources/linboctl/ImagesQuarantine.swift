import ArgumentParser
import CommandLineKit
import Control
import Uploads

struct ImagesQuarantine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Uploads that were refused, with the reason.",
        discussion: """
            What the daemon died at more than once is here, too, such as `torrent:win11.qcow2`: it is left alone until `retry`.
            """,
        subcommands: [List.self, Retry.self, Discard.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What lies in quarantine, oldest first. It goes by itself after `uploads.keep`.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            let entries = try await options.ask(GetQuarantine())
            try options.show(
                entries,
                entries.isEmpty
                    ? "nothing is in quarantine"
                    : Output.table(
                        ["name", "from", "since", "size", "reason"],
                        entries.map {
                            [
                                $0.name, $0.uploader, Output.time(milliseconds: $0.at), Output.size($0.bytes),
                                $0.reason,
                            ]
                        }))
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have entries looked at once more, as if they had just come.",
            discussion: """
                For when the reason is gone: another version of the daemon, an image below a difference. It goes live within \
                seconds, or comes back here with the reason.
                """)

        @OptionGroup var options: CommonOptions

        @Argument(help: "Names as `list` shows them.")
        var names: [String]

        func run() async throws {
            for name in names {
                _ = try await options.ask(RetryQuarantined(name: name))
                print("\(name): it is done again")
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove entries with their files, for their space.", aliases: ["drop"])

        @OptionGroup var options: CommonOptions

        @Argument(help: "Names as `list` shows them.")
        var names: [String]

        func run() async throws {
            for name in names {
                _ = try await options.ask(DiscardQuarantined(name: name))
                print("\(name): removed")
            }
        }
    }
}
