import API
import Foundation
import HookStore
import HookTesting
import LinuxKit
import Schedule
import Synchronization
import Testing

/// What is done of schedules, by a clock that these tests set.
@Suite struct ScheduleRunnerTests {
    private let lab: ScheduleLab

    init() throws {
        lab = try ScheduleLab()
    }

    @Test("a year of school days and of nights: each time is done once, over both changes of the clock")
    func year() async throws {
        try lab.clock("2025-12-31 23:59")
        let mornings = try lab.add(.every, "Mo-Fr 07:10")
        let nights = try lab.add(.every, "02:30", holidays: .run)
        try await lab.live(until: "2027-01-01 00:00", from: "2026-01-01 00:00")
        let acts = lab.acts
        #expect(acts.count { $0.hasPrefix("\(mornings.id) ") } == 261)
        #expect(acts.count { $0.contains(" 07:10 by schedule 1 of root (anna)") } == 261)
        #expect(acts.count { $0.hasPrefix("\(nights.id) ") } == 365)
        #expect(Set(acts).count == 261 + 365)
        #expect(try lab.schedule(mornings.id).lastOutcome == .ran)
        #expect(try lab.schedule(mornings.id).lastJob == 7)
    }

    @Test("what is wanted once is done once, and is over")
    func once() async throws {
        try lab.clock("2026-06-01 07:00")
        let schedule = try lab.add(.at, "2026-06-01 07:10:00")
        let runner = lab.runner()
        try await runner.look()
        #expect(lab.acts == [])
        try lab.clock("2026-06-01 07:10")
        try await runner.look()
        try await runner.look()
        #expect(lab.acts.count == 1)
        let over = try lab.schedule(schedule.id)
        #expect(over.state == .over && over.due == nil)
        #expect(try lab.book.list(all: false) == [])
        try lab.book.forget(before: over.changed + 1)
        #expect(try lab.book.list() == [])
    }

    @Test(
        "what was missed is done late or left out, as it was wanted; a minute is not late, and twelve hours are too many",
        arguments: [
            (Schedule.Kind.at, Schedule.Missed?.none, "2026-06-01 09:10", Schedule.Outcome.ran),
            (.at, nil, "2026-06-01 19:10", .ran), (.at, nil, "2026-06-01 19:11", .missed),
            (.at, .skip, "2026-06-01 07:10:59", .ran), (.at, .skip, "2026-06-01 07:11", .missed),
            (.every, nil, "2026-06-01 07:10:59", .ran), (.every, nil, "2026-06-01 07:11", .missed),
            (.every, .run, "2026-06-01 12:00", .ran), (.every, .run, "2026-06-05 07:00", .missed),
            (.every, .run, "2026-06-05 07:30", .ran), (.every, nil, "2026-06-05 07:10:20", .ran),
        ])
    func missed(
        kind: Schedule.Kind, rule: Schedule.Missed?, back: String, outcome: Schedule.Outcome
    ) async throws {
        try lab.clock("2026-06-01 07:00")
        let schedule = try lab.add(kind, kind == .at ? "2026-06-01 07:10" : "07:10", missed: rule)
        try lab.clock(back)
        try await lab.runner().look()
        try await lab.runner().look()
        let now = try lab.schedule(schedule.id)
        #expect(now.lastOutcome == outcome, "\(now)")
        #expect(lab.acts.count == (outcome == .ran ? 1 : 0))
        #expect(now.state == (kind == .at ? .over : .active))
        if kind == .every { #expect(try now.due ?? 0 > lab.time(back)) }
        #expect(lab.scene.withLock { $0.notes.count } == (outcome == .ran ? 0 : 1))
    }

    @Test("what is due each minute is done at once after a pause, and not once for each minute")
    func often() async throws {
        try lab.clock("2026-06-01 07:00")
        let schedule = try lab.add(.every, "minutely")
        try lab.clock("2026-06-02 07:00:20")
        try await lab.runner().look()
        #expect(lab.acts.count == 1)
        #expect(try lab.schedule(schedule.id).lastDue == lab.time("2026-06-02 07:00"))
        #expect(try lab.schedule(schedule.id).due == lab.time("2026-06-02 07:01"))
    }

    @Test("a clock that is put back has nothing done twice; nor has pausing and resuming then")
    func clockBack() async throws {
        try lab.clock("2026-06-01 07:09")
        let schedule = try lab.add(.every, "07:10")
        try lab.clock("2026-06-01 07:10")
        try await lab.runner().look()
        try lab.clock("2026-06-01 07:09:30")
        try await lab.runner().look()
        _ = try lab.store.record([]) { try ScheduleBook.pause($0, schedule.id, now: 1) }
        let (now, zone) = lab.scene.withLock { ($0.now, $0.zone) }
        let resumed = try lab.store.record([]) { try ScheduleBook.resume($0, schedule.id, in: zone, now: now) }
        #expect(try resumed?.due == lab.time("2026-06-02 07:10"))
        try lab.clock("2026-06-01 07:10:30")
        try await lab.runner().look()
        #expect(lab.acts.count == 1)
    }

    @Test("of several daemons with one database one does what is due, and none does it twice")
    func severalDaemons() async throws {
        try lab.clock("2026-06-01 07:00")
        for _ in 0..<20 { _ = try lab.add(.every, "07:10") }
        try lab.clock("2026-06-01 07:10")
        let others = try (0..<4).map { _ in
            try Store(directory: lab.directory, migrations: ScheduleBook.migrations, patience: .seconds(60))
        }
        // All have seen that it is due.
        lab.scene.withLock { $0.crowd = others.count }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for store in others { group.addTask { [lab] in try await lab.runner(store).look() } }
            try await group.waitForAll()
        }
        #expect(lab.acts.count == 20)
        #expect(Set(lab.acts).count == 20)
    }

    @Test(
        "on a holiday nothing is done, if that is wanted; with a file that nobody can read it is, and the note says so")
    func holidays() async throws {
        let file = lab.directory + "/holidays.ics"
        try Data(
            """
            BEGIN:VCALENDAR
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:20260603
            SUMMARY:Fronleichnam
            END:VEVENT
            END:VCALENDAR
            """.utf8
        ).write(to: URL(fileURLWithPath: file))
        try lab.clock("2026-06-01 08:00")
        let heeds = try lab.add(.every, "07:10")
        let runs = try lab.add(.every, "07:10", holidays: .run)
        let known = HolidayFile().knowledge(of: file, now: try lab.time("2026-06-01 08:00"))
        lab.scene.withLock { $0.holidays = known }
        let zone = lab.scene.withLock { $0.zone }
        let days = heeds.upcoming(3, after: heeds.created, in: zone, holidays: known.holidays ?? .none)
        #expect(days.map { zone.text($0) } == ["Di 2026-06-02 07:10", "Do 2026-06-04 07:10", "Fr 2026-06-05 07:10"])
        try await lab.live(until: "2026-06-04 00:00", from: "2026-06-02 00:00")
        #expect(lab.acts.count { $0.hasPrefix("\(heeds.id) ") } == 1)
        #expect(lab.acts.count { $0.hasPrefix("\(runs.id) ") } == 2)
        let note = try lab.schedule(heeds.id)
        #expect(note.lastOutcome == .holiday && note.lastNote == "it is a holiday: Fronleichnam")
        lab.scene.withLock { $0.holidays = HolidayFile().knowledge(of: "/nowhere/holidays.ics", now: 0) }
        try await lab.live(until: "2026-06-05 00:00", from: "2026-06-04 00:00")
        #expect(lab.acts.count { $0.hasPrefix("\(heeds.id) ") } == 2)
        #expect(try lab.schedule(heeds.id).lastNote?.contains("nobody knows the holidays") == true)
    }

    @Test("what fails is noted with its reason, and the next time is tried; what is not possible yet is tried again")
    func failures() async throws {
        try lab.clock("2026-06-01 07:00")
        let schedule = try lab.add(.every, "07:10")
        try lab.clock("2026-06-01 07:10")
        lab.scene.withLock { $0.fault = Fault(.unavailable, "the database is locked") }
        await #expect(throws: Fault.self) { try await lab.runner().look() }
        #expect(try lab.schedule(schedule.id) == schedule)
        lab.scene.withLock { $0.fault = Fault(.invalid, "there is no room r101", at: "targets") }
        try await lab.runner().look()
        let failed = try lab.schedule(schedule.id)
        #expect(failed.lastOutcome == .failed && failed.lastNote == "targets: there is no room r101")
        #expect(try failed.due == lab.time("2026-06-02 07:10"))
        #expect(lab.log.all.contains { $0.contains("there is no room r101") })
        lab.scene.withLock { $0.fault = nil }
        try lab.clock("2026-06-02 07:10")
        try await lab.runner().look()
        #expect(lab.acts.count == 1)
    }

    @Test("in another time zone a schedule is done when that zone's clock shows its time")
    func otherZone() async throws {
        try lab.clock("2026-06-01 07:00")
        let daily = try lab.add(.every, "07:10")
        let once = try lab.add(.at, "2026-06-01 08:00")
        let zone = try #require(Zone("UTC"))
        lab.scene.withLock { $0.zone = zone }
        try await lab.runner().look()
        #expect(lab.acts == [])
        #expect(try lab.schedule(daily.id).due == lab.time("2026-06-01 07:10"))
        #expect(try lab.schedule(once.id).due == lab.time("2026-06-01 08:00"))
    }

    @Test("nothing is done while a schedule is paused, and what passed then is not made up for")
    func paused() async throws {
        try lab.clock("2026-06-01 07:00")
        let schedule = try lab.add(.every, "07:10", missed: .run)
        let zone = lab.scene.withLock { $0.zone }
        #expect(try lab.store.record([]) { try ScheduleBook.pause($0, schedule.id, now: 1) }?.state == .paused)
        #expect(try lab.store.record([]) { try ScheduleBook.pause($0, schedule.id, now: 1) } == nil)
        try lab.clock("2026-06-01 08:00")
        try await lab.runner().look()
        let now = lab.scene.withLock { $0.now }
        let resumed = try lab.store.record([]) { try ScheduleBook.resume($0, schedule.id, in: zone, now: now) }
        #expect(try resumed?.due == lab.time("2026-06-02 07:10"))
        try await lab.runner().look()
        #expect(lab.acts == [])
        let once = try lab.add(.at, "2026-06-01 09:00")
        _ = try lab.store.record([]) { try ScheduleBook.pause($0, once.id, now: 1) }
        let later = try lab.time("2026-06-01 10:00")
        #expect(throws: Fault.self) {
            try lab.store.record([]) { try ScheduleBook.resume($0, once.id, in: zone, now: later) }
        }
        #expect(try lab.store.record([]) { try ScheduleBook.remove($0, once.id) }?.id == once.id)
        #expect(try lab.book.schedule(once.id) == nil)
    }

    @Test("while it runs it does what is due when it is due, and what is added at once")
    func running() async throws {
        let signal = AsyncSignal()
        lab.scene.withLock { $0.now = UnixTime.nowMilliseconds() }
        let running = Task { [lab] in await lab.runner().run(signal) }
        _ = try lab.add(.every, "minutely")
        lab.scene.withLock { $0.now += 61_000 }
        signal.send()
        try await eventually("it is done") { lab.acts.count == 1 }
        running.cancel()
        await running.value
    }
}
