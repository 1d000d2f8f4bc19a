import API
import Foundation
import GRDB
import HookHost
package import HookStore
import Jobs
import LinboHookd
import LinboModel
import LinuxKit
package import Logging
import Schedule

extension Control {
    static let scheduleOperations: [OperationOf<Control>] = [
        OperationOf(GetSchedules.self) { control, question, _ in
            try ScheduleBook(control.store()).list(all: question.all == true).map { control.report($0) }
        },
        OperationOf(AddSchedule.self) { control, question, actor in
            try await control.addSchedule(question, by: actor)
        },
        OperationOf(PauseSchedule.self) { control, question, actor in
            try control.changeSchedule(question.id, "schedule pause", by: actor, unlike: "only an active one is paused")
            {
                try ScheduleBook.pause($0, question.id, now: UnixTime.nowMilliseconds())
            }
        },
        OperationOf(ResumeSchedule.self) { control, question, actor in
            let zone = control.assembly.config.schedules.zone
            return try control.changeSchedule(
                question.id, "schedule resume", by: actor, unlike: "only a paused one is resumed"
            ) {
                try ScheduleBook.resume($0, question.id, in: zone, now: UnixTime.nowMilliseconds())
            }
        },
        OperationOf(RemoveSchedule.self) { control, question, actor in
            try control.changeSchedule(question.id, "schedule remove", by: actor, unlike: "it is gone") {
                try ScheduleBook.remove($0, question.id)
            }
        },
    ]

    /// How many of the next times are told.
    private static let timesTold = 5

    private func addSchedule(_ question: AddSchedule, by actor: Actor) async throws -> ScheduleReport {
        let now = UnixTime.nowMilliseconds()
        let zone = assembly.config.schedules.zone
        let when = try When(question, now: now, in: zone)
        guard question.holidays != .skip || assembly.config.schedules.holidays != nil else {
            throw Fault(
                .conflict, "no holidays are configured", at: "holidays",
                fix: "add `schedules: {holidays: /etc/linbo-hookd/holidays.ics}` to \(assembly.config.file)")
        }
        let wish = ScheduleWish(
            when.kind, when.rule, try await Schedulable.question(question, self, by: actor), missed: question.missed,
            holidays: question.holidays)
        let detail = "\(when.kind.rawValue) \(when.rule)"
        let row = AuditEntry("schedule add", by: actor, subject: wish.question.what, detail: detail)
        let schedule = try store().record([row]) {
            try ScheduleBook.add($0, wish, by: actor.description, due: when.due, in: zone, now: now)
        }
        scheduleSignal.send()
        return report(schedule)
    }

    private func report(_ schedule: Schedule) -> ScheduleReport {
        let now = UnixTime.nowMilliseconds()
        let zone = assembly.config.schedules.zone
        let known = holidays.knowledge(of: assembly.config.schedules.holidays, now: now)
        let basis =
            known.holidays == nil ? "no day is known to be a holiday" : "the last holidays that were right count"
        return ScheduleReport(
            schedule: schedule,
            next: schedule.upcoming(Self.timesTold, after: now, in: zone, holidays: known.holidays ?? .none),
            zone: zone.name, remark: schedule.holidays == .skip ? known.fault.map { "\(basis): \($0)" } : nil)
    }

    private func changeSchedule(
        _ id: Int64, _ what: String, by actor: Actor, unlike reason: String, _ body: (Database) throws -> Schedule?
    ) throws -> ScheduleReport {
        let store = try store()
        guard let schedule = try ScheduleBook(store).schedule(id) else {
            throw Fault(.missing, "there is no schedule \(id)", fix: "`linboctl schedule` lists them")
        }
        let row = AuditEntry(what, by: actor, subject: "schedule \(id)", detail: schedule.what)
        let changed = try store.record([row]) { database in
            guard let changed = try body(database) else {
                throw Fault(.conflict, "schedule \(id) is \(schedule.state.rawValue): \(reason)")
            }
            return changed
        }
        scheduleSignal.send()
        return report(changed)
    }

    // MARK: Doing

    /// Does what is due until the task is cancelled; on threads that may block.
    package func runSchedules(_ store: Store, _ logger: Logger) async {
        let world = ScheduleRunner.World(
            now: { UnixTime.nowMilliseconds() }, zone: { assembly.config.schedules.zone },
            holidays: {
                holidays.knowledge(of: assembly.config.schedules.holidays, now: UnixTime.nowMilliseconds())
            },
            act: { schedule, actor, settle in
                let plan = try await Schedulable.plan(schedule, self, by: actor)
                _ = try want(plan) { database, job in try settle(database, job.id) }
            },
            note: { schedule, actor, words, settle in
                let row = AuditEntry("schedule", by: actor, subject: schedule.what, detail: words)
                try self.store().record([row]) { try settle($0) }
            })
        await ScheduleRunner(ScheduleBook(store), in: world, logger: logger).run(scheduleSignal)
    }
}

/// When a new schedule comes, read.
private struct When {
    let kind: Schedule.Kind
    let rule: String
    let due: Int64

    init(_ question: AddSchedule, now: Int64, in zone: Zone) throws(Fault) {
        switch (question.at, question.every) {
        case (let text?, nil):
            let point = try Self.reading("at") { () throws(RuleError) in try PointInTime(text, now: now, in: zone) }
            (kind, rule, due) = (.at, point.description, point.moment(in: zone))
            guard due > now else {
                throw Fault(
                    .invalid, "\(quoted(text)) is over: it is \(zone.text(now)) in \(zone.name)", at: "at",
                    fix: "write a time that comes")
            }
        case (nil, let text?):
            let parsed = try Self.reading("every") { () throws(RuleError) in try CalendarRule(text) }
            guard let next = parsed.next(after: now, in: zone) else {
                throw Fault(.invalid, "\(quoted(text)): it never comes", at: "every")
            }
            (kind, rule, due) = (.every, parsed.description, next)
        default: throw Fault(.invalid, "a schedule has either `at` or `every`", fix: "give one of them")
        }
    }

    private static func reading<Value>(
        _ name: String, _ body: () throws(RuleError) -> Value
    ) throws(Fault) -> Value {
        do { return try body() } catch { throw Fault(.invalid, "\(error)", at: name) }
    }
}
