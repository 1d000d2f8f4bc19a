import Foundation
import Glibc
import HookStore
import HookTesting
import LinboModel
import Testing

/// Things that an admin wants done later, by linboctl and a real daemon.
@Suite struct ScheduleSystemTests {
    private static func open(_ body: (School) async throws -> Void) async throws {
        var options = School.Options()
        options.linbo = "  subnets: {directory}/subnets.csv"
        options.extra = "schedules: {time-zone: UTC, holidays: {directory}/holidays.ics}"
        try await School.open(options) { school in
            // An address where nobody listens: the loopback network's broadcast is heard by `WakeTests`.
            try school.write("127.0.0.0/24;127.0.0.1;;;;\n", to: "subnets.csv")
            try await body(school)
        }
    }

    private static let calendar = """
        BEGIN:VCALENDAR
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20250101
        DTEND;VALUE=DATE:20400101
        SUMMARY:Lange Ferien
        END:VEVENT
        END:VCALENDAR
        """

    /// On the schedules' clock, so many seconds from now on.
    private static func time(in seconds: Double) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "yyyy-MM-dd HH:mm:ss"
        return format.string(from: Date(timeIntervalSinceNow: seconds))
    }

    @Test("what is wanted in two seconds is done then, once, by the schedule in the audit log")
    func once() async throws {
        try await Self.open { school in
            var seconds = 2.0
            var added = try await school.linboctl("wake", "pc01", "pc02", "--at", Self.time(in: seconds))
            // On a busy machine two seconds are over before anybody has read them.
            while added.errors.contains("is over") {
                seconds *= 2
                added = try await school.linboctl("wake", "pc01", "pc02", "--at", Self.time(in: seconds))
            }
            #expect(added.status == 0, "\(added)")
            #expect(added.output.contains("schedule 1: wake pc01 pc02, at "), "\(added)")
            #expect(added.output.contains("active"), "\(added)")
            try await eventually("the job came") {
                try await school.linboctl("jobs", "--all", "--json").output.contains("schedule 1 of root")
            }
            let list = try await school.linboctl("schedule", "list", "--all")
            #expect(list.output.contains("over") && list.output.contains("ran, job 1"), "\(list)")
            #expect(try await school.linboctl("schedule", "--json").output == "[\n\n]\n")
            try await eventually("the PCs are in the audit log") {
                try await school.acts().filter { $0.path == "Wake-on-LAN" }.count == 2
            }
            let acts = try await school.acts()
            #expect(acts.contains { $0.decision == .other("schedule add") && $0.reason?.contains("by root") == true })
            #expect(acts.filter { $0.path == "Wake-on-LAN" }.allSatisfy { $0.reason == "by schedule 1 of root" })
            // The next daemon knows that it is done.
            try await school.stopDaemon()
            try await school.startDaemon()
            #expect(
                try await school.linboctl("jobs", "--all", "--json").output.components(separatedBy: "remote.wake").count
                    == 2)
        }
    }

    @Test("what comes again and again is listed with its times, paused, resumed and removed")
    func every() async throws {
        try await Self.open { school in
            let words = ["wake", "room:r101", "--wave", "10/30s", "--every", "Mo-Fr 07:10", "--holidays", "run"]
            let added = try await Command.run(Programs.linboctl, words + ["--config", school.config.path])
            #expect(added.status == 0, "\(added)")
            #expect(added.output.split(separator: "\n").count { $0.hasSuffix(" 07:10") } == 5, "\(added)")
            let list = try await school.linboctl("schedule")
            #expect(list.output.contains("wake room:r101") && list.output.contains("every Mo-Fr 07:10"), "\(list)")
            let paused = try await school.linboctl("schedule", "pause", "1")
            #expect(paused.status == 0 && paused.output.contains("paused"), "\(paused)")
            let twice = try await school.linboctl("schedule", "pause", "1")
            #expect(twice.status == 1 && twice.errors.contains("only an active one is paused"), "\(twice)")
            let resumed = try await school.linboctl("schedule", "resume", "1")
            #expect(resumed.status == 0 && resumed.output.contains("active"), "\(resumed)")
            // What the other end of the API says.
            let raw = try await Command.run(
                "/usr/bin/curl", ["-sS", "--unix-socket", school.directory.path + "/api.sock", "http://x/v1/schedules"])
            #expect(raw.output.contains(#""operation":"POST /v1/wake""#), "\(raw)")
            #expect(try await school.linboctl("schedule", "remove", "1").status == 0)
            let gone = try await school.linboctl("schedule", "remove", "1")
            #expect(gone.status == 1 && gone.errors.contains("there is no schedule 1"), "\(gone)")
            let acts = try await school.acts().map(\.decision.rawValue)
            #expect(acts == ["schedule add", "schedule pause", "schedule resume", "schedule remove"])
        }
    }

    @Test("a holiday keeps a schedule from being done; a file of holidays that is wrong is told, and it is done")
    func holidays() async throws {
        try await Self.open { school in
            try school.write(Self.calendar, to: "holidays.ics")
            let added = try await school.linboctl("wake", "pc01", "--every", "*:*:0/1")
            #expect(added.status == 0, "\(added)")
            try await eventually("it was left out") {
                try await school.linboctl("schedule").output.contains("it is a holiday: Lange Ferien")
            }
            #expect(try await school.linboctl("jobs", "--all", "--json").output.contains("remote.wake") == false)
            // The last one that was right counts, until the daemon has none.
            try school.write("nothing", to: "holidays.ics")
            let list = try await school.linboctl("schedule")
            #expect(list.output.contains("END:VCALENDAR"), "\(list)")
            let status = try await school.linboctl("status")
            #expect(status.output.contains("schedules.holidays"), "\(status)")
            #expect(try await school.linboctl("jobs", "--all", "--json").output.contains("remote.wake") == false)
            try await school.stopDaemon()
            try await school.startDaemon()
            try await eventually("it is done") {
                try await school.linboctl("schedule").output.contains("nobody knows the holidays")
            }
        }
    }

    @Test(
        "wrong words are refused with a mark below them, and nothing is kept",
        arguments: [
            (["--every", "Mo-Fr 25:10"], "    Mo-Fr 25:10\n          ^^"), (["--every", "2020-*-*"], "it never comes"),
            (["--at", "2026-02-30 07:00"], "ends with day 28"), (["--at", "2020-01-01 07:00"], "is over"),
            (["--at", "tomorrow"], "write 2026-12-01 07:10"), (["--at", "07:00", "--every", "daily"], "leave out one"),
            (["--missed", "run"], "go with --at or --every"), (["--every", "daily", "--missed", "perhaps"], "skip"),
            (["--every", "daily", "pc99"], "pc99"), (["--every", "daily", "--wait", "soon"], "write 30s or 5m"),
        ])
    func refused(words: [String], message: String) async throws {
        try await Self.open { school in
            let result = try await Command.run(
                Programs.linboctl, ["wake", "pc01"] + words + ["--config", school.config.path])
            #expect(result.status != 0 && result.errors.contains(message), "\(result)")
            #expect(try await school.linboctl("schedule", "--all", "--json").output == "[\n\n]\n")
        }
    }

    @Test(
        "by the API, too, what makes no sense is refused with its place",
        arguments: [
            (#"{"every": "daily"}"#, "a schedule does one thing"),
            (#"{"wake": {"targets": ["pc01"]}}"#, "either `at` or `every`"),
            (#"{"every": "daily", "wake": {"targets": ["pc01"], "wabe": 3}}"#, "unknown parameter 'wake.wabe'"),
            (#"{"every": "daily", "wake": {"wave": 3}}"#, "'wake.targets' is missing"),
            (#"{"every": "daily", "wake": 3}"#, "'wake'"),
        ])
    func refusedByAPI(body: String, message: String) async throws {
        try await Self.open { school in
            let result = try await Command.run(
                "/usr/bin/curl",
                ["-sS", "--unix-socket", school.directory.path + "/api.sock", "-d", body, "http://x/v1/schedules"])
            #expect(result.output.contains(message), "\(result)")
        }
    }
}
