import ArgumentParser
import CommandLineKit
import Control
import ImageStore
import LinboModel

extension ImagesCommand {
    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an earlier set of an image live again, at once and whole.",
            discussion: """
                Image, .info, .desc, .hash, .torrent, .macct, difference and scripts of the backup go live together; the \
                set that was live becomes a backup. Nothing is copied, so it takes no time and no space.
                """)

        @OptionGroup var options: CommonOptions

        @Argument(help: "An image's file name, or its base: win11 is win11.qcow2.")
        var image: String

        @Argument(help: "A backup's name, from `images history`; the newest by default.")
        var timestamp: String?

        func run() async throws {
            let report = try await options.ask(RollBackImage(name: image, to: timestamp), within: .seconds(120))
            try options.show(report, Self.text(report))
            if let unfinished = report.unfinished {
                throw Failure("the set is live, but clearing up behind it is not done: \(unfinished)")
            }
        }

        private static func text(_ report: RollBackImage.Answer) -> String {
            let before = report.backup.map { "; the set before is backup \($0)" } ?? ""
            return (["\(report.image): the set of backup \(report.used) is live\(before)"] + report.remarks)
                .joined(separator: "\n")
        }
    }

    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the oldest backups of an image, or of all.",
            discussion: """
                A backup that is in use stays: a file of it is open in some process, or has another name, such as in a \
                client's view. So does one that has a name of its own instead of a time.
                """)

        @OptionGroup var options: CommonOptions

        @Argument(help: "An image's file name, or its base; all images by default.")
        var image: String?

        @Option(name: .long, help: "How many of the newest backups of each image stay.")
        var keep: Int

        @Flag(name: .long, help: "Only tell what would go.")
        var dryRun = false

        func validate() throws {
            guard keep >= 0 else { throw ValidationError("--keep wants a number from 0 on") }
        }

        func run() async throws {
            let pruned = try await options.ask(
                PruneImages(name: image, keep: keep, isTrial: dryRun), within: .seconds(120))
            try options.show(pruned, text(pruned))
        }

        private func text(_ pruned: [Pruned]) -> String {
            let rows = pruned.flatMap { image in
                image.removed.map {
                    [image.image, $0.timestamp, dryRun ? "would be removed" : "removed", Output.size($0.bytes)]
                }
                    + image.kept.compactMap { kept in
                        kept.reason.map { [image.image, kept.timestamp, "kept", "-", $0] }
                    }
            }
            guard !rows.isEmpty else { return "nothing to remove: no image has more than \(keep) backups" }
            let bytes = pruned.map(\.bytes).total()
            return Output.table(["image", "backup", "what", "size", "reason"], rows)
                + "\n\(Output.size(bytes)) \(dryRun ? "would be free" : "free")"
        }
    }
}
