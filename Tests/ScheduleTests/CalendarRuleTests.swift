import FuzzKit
import Schedule
import Testing

/// When rules come, over both changes of the clock, and what is said of wrong ones.
@Suite struct CalendarRuleTests {
    private static let berlin = Zone("Europe/Berlin")

    /// All times from 2026-01-01 on, a year long.
    private func year(_ text: String, in zone: Zone) throws -> [String] {
        let rule = try CalendarRule(text)
        let start = try PointInTime("2025-12-31 23:59:59", now: 0, in: zone).moment(in: zone)
        let end = try PointInTime("2027-01-01 00:00", now: 0, in: zone).moment(in: zone)
        var times: [String] = []
        var last = start
        while let next = rule.next(after: last, in: zone), next < end {
            #expect(next > last)
            times.append(zone.text(next))
            last = next
        }
        return times
    }

    @Test("Mo-Fr 07:10 comes at 07:10 on the wall on each weekday of the year, once")
    func weekdays() throws {
        let zone = try #require(Self.berlin)
        let times = try year("Mo-Fr 07:10", in: zone)
        #expect(times.count == 261)
        #expect(times.allSatisfy { $0.hasSuffix(" 07:10") && !$0.hasPrefix("Sa") && !$0.hasPrefix("So") })
        #expect(Set(times).count == 261)
    }

    @Test("a time that the clock leaves out is the moment when it is put forward; one that it shows twice comes once")
    func changes() throws {
        let zone = try #require(Self.berlin)
        let times = try year("*-*-* 02:30", in: zone)
        #expect(times.count == 365)
        #expect(Set(times.map { $0.split(separator: " ")[1] }).count == 365)
        #expect(times.filter { !$0.hasSuffix(" 02:30") } == ["So 2026-03-29 03:00"])
        // 00:30 UTC is the first 02:30 of that night.
        let rule = try CalendarRule("2026-10-25 02:30")
        #expect(rule.next(after: 1_792_800_000_000, in: zone) == 1_792_888_200_000)
        #expect(rule.next(after: 1_792_888_200_000, in: zone) == nil)
    }

    @Test("what comes each quarter of an hour comes once for each quarter that the wall's clock shows")
    func quarters() throws {
        let zone = try #require(Self.berlin)
        let spring = try year("2026-03-29 *:0/15", in: zone)
        #expect(spring.count == 92)
        #expect(Set(spring).count == 92)
        let autumn = try year("2026-10-25 *:0/15", in: zone)
        #expect(autumn.count == 96)
        #expect(Set(autumn).count == 96)
    }

    @Test("zones whose clock is put by half an hour, at midnight or by a day have each day's time once")
    func strangeZones() throws {
        for name in ["Australia/Lord_Howe", "America/Santiago", "Asia/Beirut", "Africa/Casablanca", "Pacific/Chatham"] {
            let zone = try #require(Zone(name))
            for rule in ["*-*-* 00:00", "*-*-* 02:15", "*-*-* 23:59:59"] {
                let times = try year(rule, in: zone)
                #expect(times.count == 365, "\(name) \(rule)")
                #expect(Set(times.map { $0.split(separator: " ")[1] }).count == 365, "\(name) \(rule)")
            }
        }
        // Samoa had no 30th of December 2011: that day's time is the moment when the next one began.
        let samoa = try #require(Zone("Pacific/Apia"))
        let next = try CalendarRule("2011-12-30 12:00").next(after: 1_325_000_000_000, in: samoa)
        #expect(next.map { samoa.text($0) } == "Sa 2011-12-31 00:00")
    }

    @Test("what is over never comes", arguments: ["2020-*-*", "*-02-30", "Mo 2026-12-01", "2026-01-01 07:00"])
    func never(rule: String) throws {
        let zone = try #require(Self.berlin)
        #expect(try CalendarRule(rule).next(after: 1_780_000_000_000, in: zone) == nil)
    }

    @Test(
        "German and English words, dashes and dots mean the same",
        arguments: [
            ["Mo-Fr 07:10", "Mon..Fri 07:10", "Montag-Freitag 7:10", "mon-fri 07:10:00", "Mo,Di,Mi,Do,Fr *-*-* 07:10"],
            ["Fr-Mo 08:00", "Fr,Sa,So,Mo 08:00", "Friday..Monday 08:00"], ["hourly", "*:00", "*-*-* *:0:0"],
            ["12-24", "*-12-24 00:00"], ["Di,Do", "Tue,Thu 00:00"],
        ])
    func same(rules: [String]) throws {
        let zone = try #require(Self.berlin)
        let first = try year(rules[0], in: zone)
        for rule in rules { #expect(try year(rule, in: zone) == first, "\(rule)") }
    }

    @Test(
        "a wrong word is told with a mark below it",
        arguments: [
            ("Mo-Fr 25:10", "an hour is 0 to 23\n    Mo-Fr 25:10\n          ^^"), ("Mo-Xx 07:10", "       ^^"),
            ("Mo 07:1O", "this is no number"), ("", "it is empty"), ("   ", "it is empty"), ("7", "neither a date nor"),
            ("*/15:00", "begin with a number: 0/…"), ("10..8:00", "write 8..10"), ("07:10 Mo", "weekdays stand before"),
            ("07:10 7", "nothing may stand"), ("20/9:00", "leave out the /9"),
            ("07:10 Europe/Berlin", "schedules.time-zone"), ("Mo Di 07:10", "this is neither a date"),
            ("Mo *-*-* bald", "weekdays, date and time in this order"), ("07:", "a minute is missing here"),
            (":", "an hour is missing"), ("1.12.2026 07:10", "this is neither a date nor a time"),
            ("*-*-0 07:00", "a day is 1 to 31"), ("1969-01-01", "1970 to 2199"), ("0/0:00", "a step is 1 to"),
            ("*-*~1..3", "write ~7/1"), ("*~02-01", "neither a date"), ("07:10:00:00", "this is no time"),
            (String(repeating: "1", count: 201), "more than 200"), ("Mo\u{1B}[2J 07:10", "Mo?[2J"),
        ])
    func wrong(rule: String, message: String) throws {
        let error = try #require(throws: RuleError.self) { try CalendarRule(rule) }
        #expect("\(error)".contains(message), "\(error)")
        #expect(!"\(error)".contains("\u{1B}"))
    }

    @Test("nothing that is written ends the process: it is a rule that can be read again, or an error with its place")
    func fuzz() throws {
        let zone = try #require(Self.berlin)
        var fuzz = Fuzz(
            "calendar rule",
            texts: ["Mo-Fr 07:10", "*-*~7/1 *:0/15", "Mon,Tue 2026-12-1..5,8/3 07..09:10:30", "quarterly"],
            spice: "0123456789*-~/:.,MoDi ")
        for _ in 0..<3000 {
            let text = fuzz.nextText()
            do {
                let rule = try CalendarRule(text)
                #expect(try CalendarRule(rule.description) == rule)
                if let next = rule.next(after: 1_780_000_000_000, in: zone) { #expect(next > 1_780_000_000_000) }
            } catch {
                #expect("\(error)".contains("^"))
            }
        }
        for number in [Int64.min, -1, 0, 1 << 53, .max] {
            _ = try CalendarRule("*:*:*").next(after: number, in: zone)
        }
    }

    @Test(
        "a single time is a date with a time, or the next one of that time",
        arguments: [
            ("2026-12-01 07:10", "2026-12-01 07:10:00"), ("2026-12-01 7:10:05", "2026-12-01 07:10:05"),
            // It is 2026-06-01 22:00 there.
            ("22:00", "2026-06-02 22:00:00"), ("22:00:01", "2026-06-01 22:00:01"), ("07:10", "2026-06-02 07:10:00"),
        ])
    func once(text: String, expected: String) throws {
        let zone = try #require(Self.berlin)
        let point = try PointInTime(text, now: 1_780_344_000_000, in: zone)
        #expect(point.description == expected)
        #expect(try PointInTime(point.description, now: 0, in: zone) == point)
    }

    @Test(
        "a wrong single time is told with a mark below it",
        arguments: [
            ("2026-02-30 07:10", "this month ends with day 28"), ("01.12.2026 07:10", "this is no date"),
            ("morgen", "this is no time"), ("2026-12-01", "this is no time"),
            ("2026-12-01 07:10 UTC", "nothing may stand"),
            ("", "write '2026-12-01 07:10'"), ("24:00", "an hour is 0 to 23"), ("a b c d e", "nothing may stand"),
        ])
    func wrongOnce(text: String, message: String) throws {
        let zone = try #require(Self.berlin)
        let error = try #require(throws: RuleError.self) { try PointInTime(text, now: 0, in: zone) }
        #expect("\(error)".contains(message) && "\(error)".contains("^"), "\(error)")
    }
}
