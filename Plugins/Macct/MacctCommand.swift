package import ArgumentParser
import CommandLineKit

extension Macct: CommandProvider {
    /// `linboctl macct`.
    package static var command: any ParsableCommand.Type { MacctCommand.self }
}

/// `linboctl macct`.
struct MacctCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "macct", abstract: "Machine accounts of images, and their way into the AD.",
        discussion: "No command shows a hash.",
        subcommands: [Status.self, Capture.self, Apply.self], defaultSubcommand: Status.self)

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What waits, is being done, and what became of the last of each host and image.")

        @OptionGroup var options: CommonOptions

        @Option(name: .long, help: "Of one host only.")
        var host: String?

        func run() async throws {
            let report = try await options.ask(GetMachineAccounts(host: host))
            let head = ["number", "work", "host", "image", "state", "asked", "changed", "attempts", "remark"]
            let rows = report.entries.map { entry in
                [
                    "\(entry.id)", entry.work.rawValue, entry.host, entry.image, entry.state.rawValue,
                    Output.time(milliseconds: entry.created), Output.time(milliseconds: entry.changed),
                    "\(entry.attempts)", entry.note ?? "",
                ]
            }
            try options.show(report, "\(report.depth) waiting\n\(Output.table(head, rows))")
        }
    }

    struct Capture: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Save the AD account of a host beside a live image, as an upload does.",
            discussion: "If the AD has none for that host, a file that lies there is removed.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "An image, such as win11.qcow2.")
        var image: String

        @Option(name: .long, help: "The host that the image was made on.")
        var from: String

        func run() async throws {
            let answer = try await options.ask(CaptureMachineAccount(image: image, from: from), within: .seconds(120))
            try options.show(
                ["image": answer.image, "account": answer.account],
                "\(answer.image): the account of \(answer.account) is saved")
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write an image's account into a host's, as a start of that host does.",
            discussion: "Waits for the outcome.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "A host of devices.csv.")
        var host: String

        @Argument(help: "An image that its start.conf uses, such as win11.qcow2.")
        var image: String

        @Option(name: .long, help: "How long to wait: 30s, 5m.")
        var wait: Span = Span(duration: .seconds(60))

        func run() async throws {
            var entry = try await options.ask(ApplyMachineAccount(host: host, image: image))
            let end = ContinuousClock.now + wait.duration
            while entry.state == .queued || entry.state == .applying {
                guard ContinuousClock.now < end else {
                    throw Failure(
                        "number \(entry.id) is \(entry.state.rawValue) still: \(entry.note ?? "it waits")")
                }
                try await Task.sleep(for: .milliseconds(200))
                entry = try await options.ask(GetMachineAccount(number: entry.id))
            }
            try options.show(entry, "\(entry.host): \(entry.state.rawValue): \(entry.note ?? "-")")
            if entry.state == .failed || entry.state == .refused { throw ExitCode(1) }
        }
    }
}
