package import API
import Foundation
package import Schedule

// What can be asked of schedules.

/// A schedule, and when it comes.
package struct ScheduleReport: Codable, Sendable {
    /// As it is at this moment.
    package let schedule: Schedule
    /// The next times, without holidays where they are heeded; milliseconds since 1970.
    package let next: [Int64]
    /// The time zone of its words, such as `Europe/Berlin`.
    package let zone: String
    /// What is wrong beside it: holidays that nobody can read.
    package let remark: String?
}

/// Asked by `linboctl schedule`.
package struct GetSchedules: APIOperation {
    package typealias Answer = [ScheduleReport]
    package static let route = Route.get("/v1/schedules")
    package static let summary = "What is done later, or again and again, with its next five times."

    /// What is over, too.
    package var all: Bool?

    /// - Parameter all: what is over, too.
    package init(all: Bool) {
        self.all = all
    }
}

/// Asked by `linboctl wake … --at` and the like. What is to be done is the one operation that has a value.
package struct AddSchedule: APIOperation {
    package typealias Answer = ScheduleReport
    package static let route = Route.post("/v1/schedules")
    package static let summary = "Has something done later (`at`), or again and again (`every`)."

    /// Once: `2026-12-01 07:10`, or `07:10`. This or `every`.
    package var at: String?
    /// Again and again, in systemd's words: `Mo-Fr 07:10`.
    package var every: String?
    /// nil: left out for `every`, and done for `at`.
    package var holidays: Schedule.OnHolidays?
    /// nil: left out for `every`, and done up to twelve hours late for `at`.
    package var missed: Schedule.Missed?
    /// Wakes PCs then.
    package var wake: WakePCs?
    /// Has PCs that run LINBO do commands then.
    package var remote: RunRemote?

    /// Without anything to do yet.
    /// - Parameters:
    ///   - at: nil: `every` has a rule.
    ///   - every: nil: `at` has a time.
    package init(at: String?, every: String?, holidays: Schedule.OnHolidays?, missed: Schedule.Missed?) {
        (self.at, self.every, self.holidays, self.missed) = (at, every, holidays, missed)
    }
}

/// Asked by `linboctl schedule pause`.
package struct PauseSchedule: APIOperation {
    package typealias Answer = ScheduleReport
    package static let route = Route.post("/v1/schedules/{id}/pause")
    package static let summary = "Has nothing done by a schedule until it is resumed."

    /// `Schedule.id`.
    package var id: Int64

    /// - Parameter id: one that is not active is answered by a fault.
    package init(id: Int64) {
        self.id = id
    }
}

/// Asked by `linboctl schedule resume`.
package struct ResumeSchedule: APIOperation {
    package typealias Answer = ScheduleReport
    package static let route = Route.post("/v1/schedules/{id}/resume")
    package static let summary = "Has a paused schedule go on; what passed meanwhile is not made up for."

    /// `Schedule.id`.
    package var id: Int64

    /// - Parameter id: one that is not paused is answered by a fault.
    package init(id: Int64) {
        self.id = id
    }
}

/// Asked by `linboctl schedule remove`. Jobs that it has made already go on.
package struct RemoveSchedule: APIOperation {
    package typealias Answer = ScheduleReport
    package static let route = Route.post("/v1/schedules/{id}/remove")
    package static let summary = "Removes a schedule; jobs of it go on."

    /// `Schedule.id`.
    package var id: Int64

    /// - Parameter id: one that is unknown is answered by a fault.
    package init(id: Int64) {
        self.id = id
    }
}
