import API
package import GRDB
package import HookStore
import LinboModel

/// Schedules, in the database. Whoever takes a time of one does so by moving it on in the transaction of what is done,
/// so that no time is taken twice, whoever else looks.
package struct ScheduleBook: Sendable {
    private let database: DatabasePool

    /// That are not over.
    private static let most = 1000
    private static let longestBody = 64 << 10

    /// Somebody else has taken this time, or changed the schedule.
    package struct Taken: Error {}

    /// - Parameter store: the database that `migrations` were done in.
    package init(_ store: Store) {
        database = store.database
    }

    // MARK: Looking

    /// By their numbers.
    /// - Parameter all: what is over, too.
    package func list(all: Bool = true) throws -> [Schedule] {
        try database.read {
            try Schedule.fetchAll(
                $0, sql: "SELECT * FROM schedule WHERE ? OR state <> 'over' ORDER BY id", arguments: [all])
        }
    }

    /// nil: there is none of this number, or none any more.
    package func schedule(_ id: Int64) throws -> Schedule? { try database.read { try Self.schedule($0, id) } }

    /// What is to be done by now, in the order of its times.
    /// - Parameter now: milliseconds since 1970, as everywhere here.
    func due(now: Int64) throws -> [Schedule] {
        try database.read {
            try Schedule.fetchAll(
                $0, sql: "SELECT * FROM schedule WHERE state = 'active' AND due <= ? ORDER BY due, id",
                arguments: [now])
        }
    }

    /// nil: nothing waits.
    func nextDue() throws -> Int64? {
        try database.read { try Int64.fetchOne($0, sql: "SELECT min(due) FROM schedule WHERE state = 'active'") }
    }

    // MARK: Changing, as part of a transaction

    /// - Parameter due: the first time.
    /// - Throws: `Fault` if there are too many.
    package static func add(
        _ database: Database, _ wish: ScheduleWish, by actor: String, due: Int64, in zone: Zone, now: Int64
    ) throws -> Schedule {
        guard wish.question.body.utf8.count <= longestBody else {
            throw Fault(.invalid, "a schedule's question has at most 64 KiB", fix: "name a room or a group")
        }
        let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM schedule WHERE state <> 'over'") ?? 0
        guard count < most else {
            throw Fault(.conflict, "there are \(count) schedules", fix: "`linboctl schedule remove` those of no use")
        }
        try database.execute(
            sql: """
                INSERT INTO schedule
                    (kind, rule, zone, operation, body, what, actor, state, due, missed, holidays, created, changed)
                VALUES (?, ?, ?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, ?)
                """,
            arguments: [
                wish.kind.rawValue, wish.rule, zone.name, wish.question.operation, wish.question.body,
                wish.question.what, printable(actor, most: 255), due, wish.missed.rawValue, wish.holidays.rawValue,
                now, now,
            ])
        guard let schedule = try schedule(database, database.lastInsertedRowID) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT)
        }
        return schedule
    }

    /// - Returns: the schedule as it is now; nil if there is none of this number that is active.
    package static func pause(_ database: Database, _ id: Int64, now: Int64) throws -> Schedule? {
        try change(
            database, id,
            "UPDATE schedule SET state = 'paused', due = NULL, changed = ? WHERE id = ? AND state = 'active'",
            [now, id])
    }

    /// Times that passed while it was paused were not wanted.
    /// - Returns: the schedule as it is now; nil if there is none of this number that is paused.
    /// - Throws: `Fault` if its time is over; `RuleError`.
    package static func resume(_ database: Database, _ id: Int64, in zone: Zone, now: Int64) throws -> Schedule? {
        guard let schedule = try schedule(database, id), schedule.state == .paused else { return nil }
        guard let due = try schedule.timing(in: zone).next(after: schedule.lastTaken(at: now), in: zone) else {
            throw Fault(.conflict, "schedule \(id): its time is over", fix: "`linboctl schedule remove \(id)`")
        }
        return try change(
            database, id, "UPDATE schedule SET state = 'active', due = ?, zone = ?, changed = ? WHERE id = ?",
            [due, zone.name, now, id])
    }

    /// - Returns: what it was; nil if there is none of this number.
    package static func remove(_ database: Database, _ id: Int64) throws -> Schedule? {
        let schedule = try schedule(database, id)
        try database.execute(sql: "DELETE FROM schedule WHERE id = ?", arguments: [id])
        return schedule
    }

    private static func change(
        _ database: Database, _ id: Int64, _ sql: String, _ arguments: StatementArguments
    ) throws -> Schedule? {
        try database.execute(sql: sql, arguments: arguments)
        return database.changesCount == 1 ? try schedule(database, id) : nil
    }

    private static func schedule(_ database: Database, _ id: Int64) throws -> Schedule? {
        try Schedule.fetchOne(database, sql: "SELECT * FROM schedule WHERE id = ?", arguments: [id])
    }

    // MARK: Taking a time

    /// What became of a time, as it is noted.
    struct Settlement {
        let time: Int64
        let outcome: Schedule.Outcome
        var job: Int64?
        let note: String?
        /// nil: that was the last one.
        let next: Int64?
    }

    /// Moves a schedule on. In one transaction with what is done for it.
    /// - Throws: `Taken` if it is no longer as `schedule` has it.
    static func settle(
        _ database: Database, _ schedule: Schedule, _ settlement: Settlement, now: Int64
    ) throws {
        try database.execute(
            sql: """
                UPDATE schedule SET due = :next, state = iif(:next IS NULL, 'over', state), changed = :now,
                    lastDue = :time, lastOutcome = :outcome, lastJob = :job, lastNote = :note
                WHERE id = :id AND state = 'active' AND due = :due
                """,
            arguments: [
                "next": settlement.next, "now": now, "time": settlement.time,
                "outcome": settlement.outcome.rawValue, "job": settlement.job,
                "note": settlement.note.map { printable($0, most: sentenceLimit) }, "id": schedule.id,
                "due": schedule.due,
            ])
        guard database.changesCount == 1 else { throw Taken() }
    }

    /// Finds anew when schedules are due that were found in another time zone.
    func move(to zone: Zone, now: Int64) throws {
        let strange = try database.read {
            try Schedule.fetchAll(
                $0, sql: "SELECT * FROM schedule WHERE state = 'active' AND zone <> ?", arguments: [zone.name])
        }
        for schedule in strange {
            // What was due already is a missed one, if anything.
            guard let due = schedule.due, due > now,
                let next = try? schedule.timing(in: zone).first(after: schedule.lastTaken(at: now), in: zone)
            else { continue }
            _ = try database.writeDurably { database in
                try database.execute(
                    sql: "UPDATE schedule SET due = ?, zone = ? WHERE id = ? AND state = 'active' AND due = ?",
                    arguments: [next, zone.name, schedule.id, due])
            }
        }
    }

    /// Removes what has been over since before `cutoff`.
    package func forget(before cutoff: Int64) throws {
        try database.write {
            try $0.execute(sql: "DELETE FROM schedule WHERE state = 'over' AND changed < ?", arguments: [cutoff])
        }
    }
}

extension Schedule {
    /// No time up to this one is taken again, though the clock was put back; a clock that was wrong by more than a day
    /// keeps nothing from being done.
    fileprivate func lastTaken(at now: Int64) -> Int64 {
        guard let lastDue, lastDue > now, lastDue - now < 86_400_000 else { return now }
        return lastDue
    }
}
