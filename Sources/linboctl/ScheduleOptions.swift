import ArgumentParser
import CommandLineKit
import Control
import Schedule

/// For commands that can be done later, too.
struct ScheduleOptions: ParsableArguments {
    @Option(name: .long, help: "Do it then: '2026-12-01 07:10', or 07:10 for the next time that it is so late.")
    var at: String?

    @Option(
        name: .long,
        help: "Do it again and again, in systemd's words: 'Mo-Fr 07:10', '*-*-01 06:00', '*:0/15', daily.")
    var every: String?

    @Option(name: .long, help: "On holidays: run, or skip, which is usual with --every.")
    var holidays: Schedule.OnHolidays?

    @Option(
        name: .long,
        help: "A time at which the daemon was down: run it up to 12 hours late, which is usual with --at, or skip it.")
    var missed: Schedule.Missed?

    /// Without what is to be done; nil: it is to be done now.
    var wish: AddSchedule? {
        guard at != nil || every != nil else { return nil }
        return AddSchedule(at: at, every: every, holidays: holidays, missed: missed)
    }

    func validate() throws {
        guard at == nil || every == nil else {
            throw ValidationError("--at is for once, --every for again and again: leave out one of them")
        }
        guard wish != nil || (holidays == nil && missed == nil) else {
            throw ValidationError("--holidays and --missed go with --at or --every")
        }
    }

    /// Has the daemon keep it, and tells when it comes.
    func add(_ wish: AddSchedule, _ options: CommonOptions) async throws {
        let report = try await options.ask(wish)
        try options.show(report, report.sentence)
    }
}

extension Schedule.OnHolidays: ExpressibleByArgument {}
extension Schedule.Missed: ExpressibleByArgument {}

extension ScheduleReport {
    /// With the next times below, on the clock of the schedule's zone.
    var sentence: String {
        let words =
            "schedule \(schedule.id): \(Output.printable(schedule.what)), "
            + "\(schedule.kind.rawValue) \(Output.printable(schedule.rule)): \(schedule.state.rawValue)"
        return ([words] + times.map { "  \($0)" } + [remark.map { "  \(Output.printable($0))" }].compactMap { $0 })
            .joined(separator: "\n")
    }

    /// The next ones, in words.
    var times: [String] {
        guard let zone = Zone(zone) else { return next.map { Output.time(milliseconds: $0) } }
        return next.map { zone.text($0) }
    }

    /// What became of the last time, in words.
    var last: String {
        guard let time = schedule.lastDue, let outcome = schedule.lastOutcome else { return "-" }
        let when = Zone(zone).map { $0.text(time) } ?? Output.time(milliseconds: time)
        let job = schedule.lastJob.map { ", job \($0)" } ?? ""
        return "\(when): \(outcome.rawValue)\(job)\(schedule.lastNote.map { ": \($0)" } ?? "")"
    }
}
