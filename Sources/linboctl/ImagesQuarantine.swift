import ArgumentParser
import LinboHookd
import LinboModel
import Uploads

struct ImagesQuarantine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Uploads that were refused, with the reason.",
        subcommands: [List.self, Discard.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What lies in quarantine, oldest first. It goes by itself after `uploads.keep`.")

        @OptionGroup var options: CommonOptions

        func run() throws {
            let entries = try Quarantine(looking: options).entries()
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

    struct Discard: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove entries with their files, for their space.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Names as `list` shows them.")
        var names: [String]

        func run() throws {
            let quarantine = try Quarantine(looking: options)
            for name in names {
                guard quarantine.discard(name) else {
                    throw Failure(
                        "\(name) is not in \(quarantine.folder): `linboctl images quarantine list` shows what is")
                }
                print("\(name): removed")
            }
        }
    }
}

extension Quarantine {
    /// - Throws: `PermissionDenied`.
    fileprivate init(looking options: CommonOptions) throws {
        self.init(folder: try options.load().uploadPaths.quarantine)
        try PermissionDenied.check(folder)
    }
}
