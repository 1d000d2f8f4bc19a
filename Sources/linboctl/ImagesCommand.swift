import ArgumentParser
import CommandLineKit
import Control
import HookStore
import ImageStore
import LinboModel

struct ImagesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "Images: what is live, who uploaded what when, backups, and the way back.",
        subcommands: [
            List.self, History.self, Rollback.self, Prune.self, ImagesUploads.self, ImagesQuarantine.self,
        ], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "All images with what belongs to them, their backups, and what is wrong with them.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            let inventory = try await options.ask(GetImages())
            try options.show(inventory, Self.text(inventory))
        }

        private static func text(_ inventory: ImageInventory) -> String {
            let table = Output.table(
                ["image", "size", "made", "with", "backups", "size", "problem"],
                inventory.images.map { image in
                    [
                        image.image, Output.size(image.size), ImageTime.text(image.timestamp),
                        image.sidecars.map { String($0.dropFirst()) }.joined(separator: " "),
                        "\(image.backups.count)", Output.size(image.backups.map(\.bytes).total()),
                        image.size == nil ? "not live: only backups" : image.problems.joined(separator: "; "),
                    ]
                })
            let problems = inventory.problems.map(Output.printable)
            let leftovers =
                inventory.leftovers.isEmpty
                ? []
                : [
                    "left by the old hooks, never served, yours to remove: "
                        + inventory.leftovers.map(Output.printable).joined(separator: ", ")
                ]
            return ([table] + problems + leftovers).joined(separator: "\n")
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Who uploaded an image when, what became of it, and its backups.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "An image's file name, or its base: win11 is win11.qcow2.")
        var image: String

        @Option(name: .long, help: "At most so many entries, the newest.")
        var limit = 200

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit wants a number from 1 on") }
        }

        func run() async throws {
            let answer = try await options.ask(GetImageHistory(name: image, limit: limit))
            try options.show(answer, Self.text(answer.live, answer.history))
        }

        private static func text(_ live: ImageListing, _ history: [ImageHistoryEntry]) -> String {
            let events = Output.table(
                ["time", "what", "host", "set of", "size", "remark"],
                history.map { entry in
                    [
                        Output.time(milliseconds: entry.at), entry.action.rawValue,
                        entry.host ?? entry.address ?? "the server", ImageTime.text(entry.timestamp),
                        Output.size(entry.bytes), entry.note ?? "",
                    ]
                })
            let backups = Output.table(
                ["set", "made", "size", "files"],
                [["live", ImageTime.text(live.timestamp), Output.size(live.size), "\(live.sidecars.count + 1)"]]
                    + live.backups.map { backup in
                        [
                            backup.timestamp, backup.isDated ? ImageTime.text(backup.timestamp) : "-",
                            Output.size(backup.bytes), "\(backup.files.count)",
                        ]
                    })
            return events + "\n\n" + backups
        }
    }
}

enum ImageTime {
    /// `2026-05-04 07:30` of `202605040730`.
    static func text(_ timestamp: String?) -> String {
        guard let timestamp, timestamp.utf8.count == 12, timestamp.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else {
            return "-"
        }
        let digits = Array(timestamp)
        func part(_ range: Range<Int>) -> String { String(digits[range]) }
        return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) \(part(8..<10)):\(part(10..<12))"
    }
}
