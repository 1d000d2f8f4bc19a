import API
import ArgumentParser
import CommandLineKit
import Control
import HookConfig
import Jobs
import LinboModel

struct WakeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wake", abstract: "Wake PCs over the network, and say who did not come.",
        discussion: """
            With --wait or --wave it waits until the server has heard of each PC. Exit status 0: all have come, or nobody \
            was waited for.

            With --at or --every it is done later, and `linboctl schedule` lists what waits.
            """)

    @OptionGroup var options: CommonOptions

    @Argument(help: "pc01, room:NAME, group:NAME, school:NAME, all; several.")
    var targets: [String]

    @Option(name: .long, help: "How long to wait for them: 30s, 5m.")
    var wait: String?

    @Option(
        name: .long,
        help: "So many at a time, and how long each wave is waited for: 10/30s. The next begins earlier if all came.")
    var wave: Wave?

    @OptionGroup(title: "Later") var schedule: ScheduleOptions

    @Flag(
        name: .long,
        help: "By a frame of Ethernet on all networks of the server, too; the unit has to allow it (docs/linbo.md).")
    var ethernet = false

    @Flag(name: .long, help: "PCs on which a system runs are left alone, and are no failure.")
    var skipInUse = false

    /// `10/30s`.
    struct Wave: ExpressibleByArgument {
        let count: Int
        let wait: String

        init?(argument: String) {
            let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let count = Int(digits: parts[0]), count >= 1 else { return nil }
            (self.count, wait) = (count, String(parts[1]))
        }
    }

    func validate() throws {
        guard wait == nil || wave == nil else {
            throw ValidationError("--wave has the time to wait in it: leave out --wait")
        }
    }

    func run() async throws {
        let question = WakePCs(
            targets: targets, wave: wave?.count, wait: wave?.wait ?? wait, ethernet: ethernet, skipsInUse: skipInUse)
        if var wish = schedule.wish {
            wish.wake = question
            return try await schedule.add(wish, options)
        }
        try await WakeWatch(options).run(question)
    }
}

/// Has PCs woken, and says who came.
struct WakeWatch {
    private let options: CommonOptions

    init(_ options: CommonOptions) {
        self.options = options
    }

    /// - Throws: `ExitCode` 1 if not all came that were waited for.
    func run(_ question: WakePCs) async throws {
        let job = try await options.ask(question)
        let end = try await options.wait(for: job.id, limit: .seconds(6 * 3600))
        let lines = try await options.ask(GetJob(id: job.id)).lines.map { Output.printable($0.text) }
        try options.show(
            end, (lines + ["\(end.state.rawValue)\(end.note.map { ": \($0)" } ?? "")"]).joined(separator: "\n"))
        if end.state != .done { throw ExitCode(1) }
    }
}
