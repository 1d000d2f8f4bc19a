import API
import Foundation
import HookStore
import HookTesting
import Jobs
import LinboHookd
import Schedule
import Testing

@testable import Control

/// Schedules as Control keeps them and does them.
@Suite struct ScheduleControlTests {
    private static func wish(_ every: String, for targets: [String] = ["pc01"]) -> AddSchedule {
        var wish = AddSchedule(at: nil, every: every, holidays: nil, missed: nil)
        wish.wake = WakePCs(targets: targets, wave: nil, wait: nil)
        return wish
    }

    @Test("a job whose time somebody else has taken is none, and neither are its rows")
    func undone() async throws {
        let lab = try ControlLab()
        let plan = try lab.control.planWake(
            WakePCs(targets: ["pc01"], wave: nil, wait: nil), by: Actor.schedule(1, of: "anna"))
        #expect(throws: Fault.self) {
            try lab.control.want(plan) { _, _ in throw Fault(.conflict, "taken") }
        }
        #expect(try JobQueue(lab.store).list() == [])
        #expect(try lab.acts() == [])
        let jobs = try lab.control.want(plan)
        #expect(jobs.first?.actor == "schedule 1 of anna")
        #expect(try lab.acts() == ["wake Wake-on-LAN: done"])
    }

    @Test("a schedule without its row in the audit log is none") func withoutRow() async throws {
        let lab = try ControlLab()
        try await lab.refuseRows()
        #expect(await lab.fault(Self.wish("daily")) != nil)
        #expect(try ScheduleBook(lab.store).list() == [])
    }

    @Test("what is wanted is checked when it is wanted, and so are holidays that nobody has configured")
    func checked() async throws {
        let lab = try ControlLab()
        #expect(await lab.fault(Self.wish("daily", for: ["pc99"]))?.what.contains("pc99") == true)
        var wish = Self.wish("daily")
        wish.holidays = .skip
        #expect(await lab.fault(wish)?.kind == .conflict)
        wish.at = "07:00"
        #expect(await lab.fault(wish)?.what == "a schedule has either `at` or `every`")
        #expect(try lab.acts() == [])
    }

    @Test("what a schedule was for and is no more is told, and the schedule goes on") func gone() async throws {
        let lab = try ControlLab(more: "schedules: {time-zone: Europe/Berlin}\n")
        let report = try await lab.ask(Self.wish("*:*:*"))
        #expect(report.zone == "Europe/Berlin" && report.next.count == 5)
        let file = "\(lab.directory)/schools/default-school/devices.csv"
        try "r2;pc03;win11;52:54:00:00:00:03;DHCP;;;;classroom-studentcomputer;;1\n".write(
            toFile: file, atomically: true, encoding: .utf8)
        let running = Task { [control = lab.control, store = lab.store] in
            await control.runSchedules(store, DaemonLog.silent)
        }
        try await eventually("it has failed") {
            try ScheduleBook(lab.store).schedule(report.schedule.id)?.lastNote?.contains("pc01") == true
        }
        running.cancel()
        await running.value
        let schedule = try #require(try ScheduleBook(lab.store).schedule(report.schedule.id))
        #expect(schedule.lastOutcome == .failed && schedule.state == .active)
        #expect(try lab.acts().contains("schedule wake pc01: done"))
        #expect(try lab.acts().contains { $0.hasPrefix("wake ") } == false)
    }
}
