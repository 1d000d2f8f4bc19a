import API
import ArgumentParser
import CommandLineKit
import Control
import Jobs

struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "What was asked for and takes its time: how far it is, what came of it.",
        subcommands: [List.self, Show.self, Cancel.self, Retry.self, Wait.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Jobs that wait or run.")

        @OptionGroup var options: CommonOptions

        @Flag(name: .long, help: "What is over, too.")
        var all = false

        @Option(name: .long, help: "Of one kind, such as grub-img.build.")
        var kind: String?

        func run() async throws {
            let jobs = try await options.ask(GetJobs(kind: kind, all: all))
            try options.show(
                jobs,
                Output.table(
                    ["number", "kind", "for", "state", "%", "wanted", "by", "remark"],
                    jobs.map { job in
                        [
                            "\(job.id)", job.kind, job.subject, job.state.rawValue,
                            job.percent.map(String.init) ?? "-", Output.time(milliseconds: job.created), job.actor,
                            job.note ?? "",
                        ]
                    }))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One job with what it wrote.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Its number, from `jobs`.")
        var number: Int64

        func run() async throws {
            let answer = try await options.ask(GetJob(id: number))
            let lines = answer.lines.map { "\(Output.time(milliseconds: $0.at))  \(Output.printable($0.text))" }
            try options.show(answer, ([answer.job.sentence] + lines).joined(separator: "\n"))
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop jobs: at once if they wait; those that run are told to stop.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Numbers, from `jobs`.")
        var numbers: [Int64]

        func run() async throws {
            for number in numbers { print(try await options.ask(CancelJob(id: number)).sentence) }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Have jobs that are over done once more.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Numbers, from `jobs --all`.")
        var numbers: [Int64]

        func run() async throws {
            for number in numbers { print(try await options.ask(RetryJob(id: number)).sentence) }
        }
    }

    struct Wait: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Wait until a job is over. Exit status 0: it is done.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Its number.")
        var number: Int64

        @Option(name: .long, help: "How long at most: 30s, 5m, 2h.")
        var limit: Span = Span(duration: .seconds(3600))

        func run() async throws {
            let job = try await options.wait(for: number, limit: limit.duration)
            try options.show(job, job.sentence)
            if job.state != .done { throw ExitCode(1) }
        }
    }
}

extension Job {
    fileprivate var sentence: String {
        "\(id): \(kind) for \(Output.printable(subject)): \(state.rawValue)\(note.map { ": \($0)" } ?? "")"
    }
}
