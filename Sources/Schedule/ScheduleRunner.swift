package import API
package import GRDB
import LinboModel
package import LinuxKit
package import Logging

/// Does what is due, while the daemon serves.
package struct ScheduleRunner: Sendable {
    /// Moves a schedule on; the last thing of the transaction that adds a job for it.
    package typealias Settle = @Sendable (Database, _ job: Int64) throws -> Void

    /// What it needs of the world.
    package struct World: Sendable {
        let now: @Sendable () -> Int64
        let zone: @Sendable () -> Zone
        let holidays: @Sendable () -> HolidayFile.Knowledge
        let act: @Sendable (Schedule, Actor, @escaping Settle) async throws -> Void
        let note: @Sendable (Schedule, Actor, String, (Database) throws -> Void) throws -> Void

        /// - Parameters:
        ///   - now: milliseconds since 1970.
        ///   - act: asks what the schedule wants; all in one transaction with `Settle`, which may throw.
        ///   - note: writes a sentence into the audit log, in one transaction with what it is given.
        package init(
            now: @escaping @Sendable () -> Int64, zone: @escaping @Sendable () -> Zone,
            holidays: @escaping @Sendable () -> HolidayFile.Knowledge,
            act: @escaping @Sendable (Schedule, Actor, @escaping Settle) async throws -> Void,
            note: @escaping @Sendable (Schedule, Actor, String, (Database) throws -> Void) throws -> Void
        ) {
            (self.now, self.zone, self.holidays, self.act, self.note) = (now, zone, holidays, act, note)
        }
    }

    private let book: ScheduleBook
    private let world: World
    private let logger: Logger

    /// The clock may be put forward or back at any time, and another process may add something.
    private static let interval: Int64 = 1000

    /// - Parameter world: as it is at each moment.
    package init(_ book: ScheduleBook, in world: World, logger: Logger) {
        (self.book, self.world, self.logger) = (book, world, logger)
    }

    /// Until the task is cancelled; on threads that may block.
    /// - Parameter signal: rings when a schedule was added or changed.
    package func run(_ signal: AsyncSignal) async {
        while !Task.isCancelled {
            var pause = Self.interval
            do {
                try await look()
                if let due = try book.nextDue() { pause = min(pause, max(1, due - world.now())) }
            } catch  where !Task.isCancelled {
                logger.error("schedules: \(error)")
            } catch {}
            await signal.wait(atMost: .milliseconds(pause))
        }
    }

    /// Does what is due by now.
    package func look() async throws {
        let zone = world.zone()
        try book.move(to: zone, now: world.now())
        for schedule in try book.due(now: world.now()) { try await take(schedule, in: zone) }
    }

    private func take(_ schedule: Schedule, in zone: Zone) async throws {
        guard let due = schedule.due else { return }
        let now = world.now()
        let known = schedule.holidays == .skip ? world.holidays() : .none
        let actor = Actor.schedule(schedule.id, of: schedule.actor)
        do {
            let timing = try schedule.timing(in: zone)
            let turn = schedule.turn(
                due: due, now: now, timing: timing, in: zone, holidays: known.holidays ?? .none)
            switch turn.fate {
            case .act(let note):
                let remarks = [note, known.holidays == nil ? "nobody knows the holidays: \(known.fault ?? "")" : nil]
                    .compactMap { $0 }
                let words = remarks.isEmpty ? nil : remarks.joined(separator: "; ")
                try await act(schedule, turn, by: actor, note: words, now)
            case .pass(let outcome, let note):
                let settlement = ScheduleBook.Settlement(time: turn.time, outcome: outcome, note: note, next: turn.next)
                try tell(schedule, settlement, by: actor, now)
            }
        } catch is ScheduleBook.Taken {
            // Another daemon was faster, or somebody has just paused it.
        } catch let error as RuleError {
            let settlement = ScheduleBook.Settlement(time: due, outcome: .failed, note: "\(error.what)", next: nil)
            try tell(schedule, settlement, by: actor, now)
        }
    }

    private func act(
        _ schedule: Schedule, _ turn: Schedule.Turn, by actor: Actor, note: String?, _ now: Int64
    ) async throws {
        do {
            try await world.act(schedule, actor) { database, job in
                let settlement = ScheduleBook.Settlement(
                    time: turn.time, outcome: .ran, job: job, note: note, next: turn.next)
                try ScheduleBook.settle(database, schedule, settlement, now: now)
            }
            logger.info("schedule \(schedule.id) (\(schedule.what)): done\(note.map { ", \($0)" } ?? "")")
        } catch let fault as Fault where fault.kind == .unavailable {
            // Nothing was done, and it is tried again; after a minute it is missed.
            throw fault
        } catch let error where !(error is ScheduleBook.Taken || error is CancellationError) {
            let settlement = ScheduleBook.Settlement(
                time: turn.time, outcome: .failed, note: printable("\(error)", most: 300), next: turn.next)
            try tell(schedule, settlement, by: actor, now)
        }
    }

    /// What was not done.
    private func tell(
        _ schedule: Schedule, _ settlement: ScheduleBook.Settlement, by actor: Actor, _ now: Int64
    ) throws {
        let words = "\(settlement.outcome.rawValue): \(settlement.note ?? "")"
        try world.note(schedule, actor, words) { database in
            try ScheduleBook.settle(database, schedule, settlement, now: now)
        }
        let isBad = settlement.outcome == .failed
        logger.log(level: isBad ? .error : .notice, "schedule \(schedule.id) (\(schedule.what)): \(words)")
    }
}
