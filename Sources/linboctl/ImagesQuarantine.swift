import ArgumentParser
import HookHost
import LinboHookd
import LinboModel
import Uploads

struct ImagesQuarantine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Uploads that were refused, with the reason.",
        discussion: """
            What the daemon died at more than once is here, too, such as `torrent:win11.qcow2`: it is left alone until `retry`.
            """,
        subcommands: [List.self, Retry.self, Discard.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What lies in quarantine, oldest first. It goes by itself after `uploads.keep`.")

        @OptionGroup var options: CommonOptions

        func run() throws {
            let entries = try Quarantine(looking: options).entries() + WorkMarks(looking: options).entries
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

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have entries looked at once more, as if they had just come.",
            discussion: """
                For when the reason is gone: another version of the daemon, an image below a difference. It goes live within \
                seconds, or comes back here with the reason.
                """)

        @OptionGroup var options: CommonOptions

        @Argument(help: "Names as `list` shows them.")
        var names: [String]

        func run() throws {
            let quarantine = try Quarantine(looking: options)
            let marks = try WorkMarks(looking: options)
            for name in names {
                if !marks.forget(name) {
                    do { try quarantine.retry(name, in: try options.load().uploadPaths) } catch {
                        throw Failure("\(error)")
                    }
                }
                print("\(name): it is done again")
            }
        }
    }

    struct Discard: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove entries with their files, for their space.", aliases: ["drop"])

        @OptionGroup var options: CommonOptions

        @Argument(help: "Names as `list` shows them.")
        var names: [String]

        func run() throws {
            let quarantine = try Quarantine(looking: options)
            let marks = try WorkMarks(looking: options)
            for name in names {
                guard marks.forget(name) || quarantine.discard(name) else {
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

extension WorkMarks {
    /// - Throws: `PermissionDenied`.
    fileprivate convenience init(looking options: CommonOptions) throws {
        let state = try options.load().state
        try PermissionDenied.check(state)
        self.init(state: state)
    }

    /// What is set aside, as entries without files.
    fileprivate var entries: [Quarantine.Entry] {
        setAside().map {
            Quarantine.Entry(name: $0.title, image: $0.name, uploader: "-", at: $0.at, reason: $0.reason)
        }
    }
}
