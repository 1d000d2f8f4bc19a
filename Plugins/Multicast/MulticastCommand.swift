package import ArgumentParser
import CommandLineKit
import LinboModel

extension Multicast: CommandProvider {
    /// `linboctl multicast`.
    package static var command: any ParsableCommand.Type { MulticastCommand.self }
}

/// `linboctl multicast`.
struct MulticastCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "multicast", abstract: "Images that are sent to many PCs at once.",
        subcommands: [List.self, Start.self, Go.self, Drop.self, Stop.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Senders, who has joined, and how far they are.",
            discussion: "How far a single PC is can't be known: all of a round are as far as the slowest one.")

        @OptionGroup var options: CommonOptions

        func run() async throws { try MulticastCommand.show(try await options.ask(GetMulticast()), options) }
    }

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have an image sent, until it is stopped.",
            discussion: """
                PCs whose start.conf says DownloadType = multicast need no start: a sender is there as soon as one of them \
                boots.
                """)

        @OptionGroup var options: CommonOptions

        @Argument(help: "Such as win11.qcow2.")
        var image: String

        @Option(name: .long, help: "Begin with so many PCs.")
        var minClients: Int?

        @Option(name: .long, help: "Or so many seconds after the first one joined.")
        var wait: Int?

        func run() async throws {
            let question = StartMulticast(image: image, clients: minClients, wait: wait)
            try MulticastCommand.show(try await options.ask(question), options)
        }
    }

    struct Go: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Begin at once, with those that have joined.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Such as win11.qcow2.")
        var image: String

        func run() async throws {
            try MulticastCommand.show(try await options.ask(BeginMulticast(image: image)), options)
        }
    }

    struct Drop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take one PC out of its round: the others go on without it.",
            discussion: "If the PC still lives, LINBO fetches the image there with rsync.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "A host.")
        var host: String

        func run() async throws {
            try MulticastCommand.show(try await options.ask(DropReceiver(host: host)), options)
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End an image's senders.", discussion: "PCs that wait for them fetch the image with rsync.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Such as win11.qcow2.")
        var image: String

        func run() async throws {
            try MulticastCommand.show(try await options.ask(StopMulticast(image: image)), options)
        }
    }

    // MARK: Showing

    private static func show(_ sessions: [GetMulticast.Session], _ options: CommonOptions) throws {
        let table = Output.table(
            ["image", "from", "state", "PCs", "sent", "of", "rate", "left"],
            sessions.map { session in
                [
                    session.image, "\(session.server):\(session.port)", session.fault ?? session.phase.rawValue,
                    counts(session), Output.size(session.bytes), session.size.map { Output.size($0) } ?? "-",
                    session.rate.map { "\(Output.size($0))/s" } ?? "-",
                    session.secondsLeft.map { "\($0) s" } ?? "-",
                ]
            }, isBad: { sessions[$0].fault != nil })
        let receivers = sessions.flatMap { session in
            session.receivers.map { receiver in
                [session.image, receiver.host ?? receiver.address, receiver.state.rawValue]
            }
        }
        let text = receivers.isEmpty ? table : table + "\n\n" + Output.table(["image", "PC", "state"], receivers)
        try options.show(sessions, sessions.isEmpty ? "no image is sent, and no PC wants one" : text)
    }

    /// `12 of 30`: in the round, and that may come.
    private static func counts(_ session: GetMulticast.Session) -> String {
        let present = session.receivers.count { $0.state != .left && $0.state != .dropped }
        return "\(present) of \(max(session.wanted.count, present))"
    }
}
