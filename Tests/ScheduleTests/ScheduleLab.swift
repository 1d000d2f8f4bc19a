import API
import Foundation
import GRDB
import HookStore
import HookTesting
import LinuxKit
import Logging
import Schedule
import Synchronization

/// Schedules in a database of their own, and daemons that do what is due, by a clock that tests set.
final class ScheduleLab: Sendable {
    /// As it is now.
    struct Scene: Sendable {
        var now: Int64 = 0
        var zone: Zone
        var holidays = HolidayFile.Knowledge.none
        /// What is said instead of doing anything.
        var fault: Fault?
        /// What was done: `id at time by actor`.
        var acts: [String] = []
        /// So many daemons must be about to do something before one does.
        var crowd = 0
        var arrivals = 0
        /// What the audit log got.
        var notes: [String] = []
    }

    let directory = FileManager.default.temporaryDirectory.path + "/linbo-schedules-\(UUID().uuidString)"
    let store: Store
    let book: ScheduleBook
    let log = LogLines()
    let scene: Mutex<Scene>

    init() throws {
        guard let zone = Zone("Europe/Berlin") else { throw CocoaError(.featureUnsupported) }
        scene = Mutex(Scene(zone: zone))
        store = try Store(directory: directory, migrations: ScheduleBook.migrations, patience: .seconds(60))
        book = ScheduleBook(store)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// - Parameter text: on the clock of the scene's zone.
    func time(_ text: String) throws -> Int64 {
        let zone = scene.withLock { $0.zone }
        return try PointInTime(text, now: 0, in: zone).moment(in: zone)
    }

    func clock(_ text: String) throws {
        let now = try time(text)
        scene.withLock { $0.now = now }
    }

    var acts: [String] { scene.withLock { $0.acts } }

    func add(
        _ kind: Schedule.Kind, _ rule: String, missed: Schedule.Missed? = nil,
        holidays: Schedule.OnHolidays? = nil
    ) throws -> Schedule {
        let (now, zone) = scene.withLock { ($0.now, $0.zone) }
        let wish = ScheduleWish(
            kind, rule, .init(operation: "POST /v1/wake", body: "{}", what: "wake all"), missed: missed,
            holidays: holidays)
        let due =
            switch kind {
            case .every: try CalendarRule(rule).next(after: now, in: zone)
            case .at: try PointInTime(rule, now: now, in: zone).moment(in: zone)
            }
        return try store.record([]) {
            try ScheduleBook.add($0, wish, by: "root (anna)", due: due ?? 0, in: zone, now: now)
        }
    }

    func schedule(_ id: Int64) throws -> Schedule {
        guard let schedule = try book.schedule(id) else { throw Fault(.missing, "no schedule \(id)") }
        return schedule
    }

    /// - Parameter store: of another daemon; nil: this one's.
    func runner(_ other: Store? = nil) -> ScheduleRunner {
        let store = other ?? store
        return ScheduleRunner(
            ScheduleBook(store),
            in: ScheduleRunner.World(
                now: { [self] in scene.withLock { $0.now } }, zone: { [self] in scene.withLock { $0.zone } },
                holidays: { [self] in scene.withLock { $0.holidays } },
                act: { [self] schedule, actor, settle in
                    if let fault = scene.withLock({ $0.fault }) { throw fault }
                    scene.withLock { $0.arrivals += 1 }
                    try await eventually("all are at it") { scene.withLock { $0.arrivals >= $0.crowd } }
                    try store.record([]) { try settle($0, 7) }
                    scene.withLock { $0.acts.append("\(schedule.id) at \($0.zone.text($0.now)) by \(actor)") }
                },
                note: { [self] schedule, _, words, settle in
                    try store.record([]) { try settle($0) }
                    scene.withLock { $0.notes.append("\(schedule.id) \(words)") }
                }), logger: Logger(label: "schedules") { [log] _ in log })
    }

    /// Has the clock go from one time that something is due at to the next.
    func live(until end: String, from start: String) async throws {
        let end = try time(end)
        try clock(start)
        let runner = runner()
        while let due = try book.list().compactMap(\.due).min(), due < end {
            scene.withLock { $0.now = due + 3 }
            try await runner.look()
        }
    }
}
