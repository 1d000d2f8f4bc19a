import ArgumentParser
import CommandLineKit
import Control
import Schedule

struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "What is done later, or again and again.",
        discussion: "A new one is made by what shall be done: `linboctl wake room:r101 --every 'Mo-Fr 07:10'`.",
        subcommands: [List.self, Pause.self, Resume.self, Remove.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "All that something comes of yet, with their next times.")

        @OptionGroup var options: CommonOptions

        @Flag(name: .long, help: "What is over, too.")
        var all = false

        func run() async throws {
            let reports = try await options.ask(GetSchedules(all: all))
            let remarks = Set(reports.compactMap(\.remark)).sorted().map { "\n\(Output.printable($0))" }.joined()
            try options.show(
                reports,
                Output.table(
                    ["number", "what", "when", "state", "next", "last", "holidays", "missed", "by"],
                    reports.map { report in
                        let schedule = report.schedule
                        return [
                            "\(schedule.id)", schedule.what, "\(schedule.kind.rawValue) \(schedule.rule)",
                            schedule.state.rawValue,
                            report.times.isEmpty ? "-" : report.times.joined(separator: ", "), report.last,
                            schedule.holidays.rawValue, schedule.missed.rawValue, schedule.actor,
                        ]
                    }, isBad: { reports[$0].schedule.lastOutcome == .failed }) + remarks)
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Have nothing done by some until they are resumed.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Numbers, from `schedule`.")
        var numbers: [Int64]

        func run() async throws {
            for number in numbers { print(try await options.ask(PauseSchedule(id: number)).sentence) }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have them go on; what passed meanwhile is not made up for.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Numbers, from `schedule`.")
        var numbers: [Int64]

        func run() async throws {
            for number in numbers { print(try await options.ask(ResumeSchedule(id: number)).sentence) }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove some; jobs of them go on.")

        @OptionGroup var options: CommonOptions

        @Argument(help: "Numbers, from `schedule`.")
        var numbers: [Int64]

        func run() async throws {
            for number in numbers {
                let schedule = try await options.ask(RemoveSchedule(id: number)).schedule
                print("schedule \(number): \(Output.printable(schedule.what)) is removed")
            }
        }
    }
}
