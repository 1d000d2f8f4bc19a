import ArgumentParser
import HookConfig
import HookHost
import HookStore
import HookWire
import LinboHookd
import LinboModel
import LinuxKit
import Macct

struct MacctCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "macct", abstract: "Machine accounts of images, and their way into the AD.",
        discussion: "No command shows a hash.",
        subcommands: [Status.self, Capture.self, Apply.self], defaultSubcommand: Status.self)

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What waits, is being done, and what became of the last of each host and image.")

        @OptionGroup var options: CommonOptions

        @Option(name: .long, help: "Of one host only.")
        var host: String?

        struct Report: Encodable {
            /// How many wait or are being done.
            let depth: Int
            let entries: [MachineAccountEntry]
        }

        func run() throws {
            let config = try options.load()
            if !config.enables(Macct.name) { Terminal.complain("linboctl: plugin macct is off") }
            let queue = try Store(reading: config.state).machineAccounts
            let report = Report(depth: try queue.depth(), entries: try queue.list(host: host))
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
            let config = try options.load()
            let assembly = try options.assembly(config, store: try Store(folder: config.state))
            let plugin = try assembly.macct()
            let image = try assembly.image(image)
            let host = try assembly.host(from).name
            let result: Captures.Result
            do { result = try await Captures(plugin).capture(image, from: host) } catch { throw Failure("\(error)") }
            plugin.record(result, image: image, host: host)
            assembly.audit?.flush(within: .seconds(5))
            switch result {
            case .captured(let account):
                try options.show(
                    ["image": image.text, "account": account], "\(image): the account of \(account) is saved")
            case .none(let reason): throw Failure("\(image) has no account now: \(reason)")
            }
        }
    }

    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write an image's account into a host's, as a start of that host does.",
            discussion: "Waits for the outcome. Without a daemon it is done here.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "A host of devices.csv.")
        var host: String

        @Argument(help: "An image that its start.conf uses, such as win11.qcow2.")
        var image: String

        @Option(name: .long, help: "How long to wait: 30s, 5m.")
        var wait: Span = Span(duration: .seconds(60))

        func run() async throws {
            let config = try options.load()
            let store = try Store(folder: config.state)
            let assembly = try options.assembly(config, store: store)
            let plugin = try assembly.macct()
            let host = try assembly.host(host)
            let image = try assembly.image(image)
            if let objection = plugin.objection(to: image, for: host) { throw Failure("\(host.name): \(objection)") }
            let queue = store.machineAccounts
            let number = try queue.add(
                .init(.apply, host: host.name.description, image: image.text), now: UnixTime.nowMilliseconds())
            let entry = try await outcome(of: number, queue, plugin, config)
            assembly.audit?.flush(within: .seconds(5))
            try options.show(entry, "\(entry.host): \(entry.state.rawValue): \(entry.note ?? "-")")
            if entry.state == .failed || entry.state == .refused { throw ExitCode(1) }
        }

        private func outcome(
            of number: Int64, _ queue: MachineAccountQueue, _ plugin: Macct, _ config: Config
        ) async throws -> MachineAccountEntry {
            let worker = Worker(plugin)
            let end = ContinuousClock.now + wait.duration
            while true {
                guard let entry = try queue.entry(number) else { throw Failure("number \(number) is gone") }
                guard entry.state == .queued || entry.state == .applying else { return entry }
                guard ContinuousClock.now < end else {
                    throw Failure("number \(number) is \(entry.state.rawValue) still: \(entry.note ?? "it waits")")
                }
                let hasDaemon = HookSocket(connectingTo: config.socket) != nil
                if !hasDaemon, try await worker.workOnce(queue) { continue }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}

extension Assembly {
    fileprivate func macct() throws -> Macct { try plugin(Macct.self) }

    /// A live image by its name.
    fileprivate func image(_ text: String) throws -> ImageName {
        guard let image = ImageName(text), image.kind != .iso else {
            throw Failure("'\(Output.printable(text))' is no name of an image, such as win11.qcow2")
        }
        guard FileStatus(at: "\(config.linbo.root)/\(image.folder)/\(image)") != nil else {
            throw Failure("there is no \(image.folder)/\(image)")
        }
        return image
    }
}
