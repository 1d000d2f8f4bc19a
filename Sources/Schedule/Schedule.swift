import GRDB
import LinboModel

/// Something that somebody wants done later, or again and again.
package struct Schedule: Sendable, Codable, Equatable {
    /// What the words of its rule are.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// Once: `PointInTime`.
        case at
        /// Again and again: `CalendarRule`.
        case every
    }

    /// Whether anything comes of it.
    package enum State: String, Sendable, Codable, CaseIterable {
        /// It is done when it is due.
        case active
        /// Nothing is done until somebody resumes it.
        case paused
        /// Its last time was.
        case over
    }

    /// What becomes of a time that passed while nobody was there to do it.
    package enum Missed: String, Sendable, Codable, CaseIterable {
        /// Done late, up to `Schedule.grace`.
        case run
        /// Left out.
        case skip
    }

    /// What becomes of a time on a holiday.
    package enum OnHolidays: String, Sendable, Codable, CaseIterable {
        /// As on any day.
        case run
        /// Left out.
        case skip
    }

    /// What became of a time.
    package enum Outcome: String, Sendable, Codable, CaseIterable {
        /// There is a job for it.
        case ran
        /// What was asked could not be had; the note says why.
        case failed
        /// Nobody was there in time, and it is not done late.
        case missed
        /// It was a holiday.
        case holiday
    }

    /// Grows, and is never given again.
    package let id: Int64
    /// How `rule` is to be read.
    package let kind: Kind
    /// When, in words.
    package let rule: String
    /// The time zone that `due` was found in.
    package let zone: String
    /// The operation that is asked then, as `Route` has it: `POST /v1/wake`.
    package let operation: String
    /// With these properties; JSON.
    package let body: String
    /// The same in words: `wake room:r101`.
    package let what: String
    /// Who wants it.
    package let actor: String
    /// Whether anything comes of it.
    package let state: State
    /// Milliseconds since 1970, as are the others; nil: never again, or not while it is paused.
    package let due: Int64?
    /// What becomes of a time that passed while nobody was there.
    package let missed: Missed
    /// What becomes of a time on a holiday.
    package let holidays: OnHolidays
    /// When it was wanted.
    package let created: Int64
    /// When something became of it last, or somebody changed it.
    package let changed: Int64
    /// The time that something became of last; nil: none yet, and so are the next three.
    package let lastDue: Int64?
    /// What became of it.
    package let lastOutcome: Outcome?
    /// The job that was added.
    package let lastJob: Int64?
    /// In words: why it failed or was left out, how late it was.
    package let lastNote: String?

    /// Less than this is not late: milliseconds.
    package static let punctual: Int64 = 60_000
    /// A missed time is done so late, if it is done: milliseconds.
    package static let grace: Int64 = 12 * 3_600_000
}

extension Schedule: FetchableRecord {}

/// A schedule that is to be.
package struct ScheduleWish: Sendable {
    /// As `Schedule` has them.
    package let kind: Schedule.Kind
    /// Read already, in words that can be read again.
    package let rule: String
    /// The operation, its properties as JSON, and both in words.
    package let question: Question
    /// What becomes of a time that passed while nobody was there.
    package let missed: Schedule.Missed
    /// What becomes of a time on a holiday.
    package let holidays: Schedule.OnHolidays

    /// What is asked when it is due.
    package struct Question: Sendable {
        let operation: String
        let body: String
        /// In words.
        package let what: String

        /// - Parameters:
        ///   - operation: its route in words.
        ///   - body: its properties as JSON.
        ///   - what: for people.
        package init(operation: String, body: String, what: String) {
            self.operation = operation
            self.body = body
            self.what = printable(what, most: 255)
        }
    }

    /// - Parameters:
    ///   - missed: nil: what is usual for the kind.
    ///   - holidays: nil: what is usual for the kind.
    package init(
        _ kind: Schedule.Kind, _ rule: String, _ question: Question, missed: Schedule.Missed?,
        holidays: Schedule.OnHolidays?
    ) {
        self.kind = kind
        self.rule = rule
        self.question = question
        self.missed = missed ?? (kind == .at ? .run : .skip)
        self.holidays = holidays ?? (kind == .at ? .run : .skip)
    }
}
