import Foundation
import FuzzKit
import Schedule
import Testing

/// Holidays from iCalendar files.
@Suite final class HolidayTests {
    private let file = FileManager.default.temporaryDirectory.path + "/holidays-\(UUID().uuidString).ics"

    deinit { try? FileManager.default.removeItem(atPath: file) }

    /// Of noon of that day.
    private func name(_ date: String, _ holidays: HolidayFile.Knowledge) throws -> String? {
        let zone = try #require(Zone("Europe/Berlin"))
        let moment = try PointInTime("\(date) 12:00", now: 0, in: zone).moment(in: zone)
        return holidays.holidays?.name(at: moment, in: zone)
    }

    private func write(_ events: String, crlf: Bool = true) throws {
        let text = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Ferien//DE\n\(events)\nEND:VCALENDAR\n"
        try Data((crlf ? text.replacing("\n", with: "\r\n") : text).utf8).write(to: URL(fileURLWithPath: file))
    }

    private func known() -> HolidayFile.Knowledge { HolidayFile().knowledge(of: file, now: Self.now) }

    /// 2026-06-01.
    private static let now: Int64 = 1_780_300_000_000

    private static let events = """
        BEGIN:VEVENT
        UID:1
        DTSTART;VALUE=DATE:20261223
        DTEND;VALUE=DATE:20270109
        SUMMARY:Weihnachts
         ferien
        END:VEVENT
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20150501
        RRULE:FREQ=YEARLY
        EXDATE;VALUE=DATE:20280501
        SUMMARY:Tag der Arbeit
        END:VEVENT
        BEGIN:VEVENT
        DTSTART;TZID=Europe/Berlin:20260617T190000
        DTEND;TZID=Europe/Berlin:20260617T210000
        SUMMARY:Elternabend
        END:VEVENT
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20260618
        STATUS:CANCELLED
        SUMMARY:Hitzefrei
        END:VEVENT
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20260619
        LOCATION:
        SUMMARY:Pädagogischer Tag
        END:VEVENT
        """

    @Test(
        "whole days are closed, from the first to the last, and each year where they repeat", arguments: [true, false])
    func days(crlf: Bool) throws {
        try write(Self.events, crlf: crlf)
        let holidays = known()
        #expect(holidays.fault == nil)
        #expect(holidays.holidays?.remarks == [])
        for day in ["2026-12-23", "2026-12-31", "2027-01-08"] { #expect(try name(day, holidays) == "Weihnachtsferien") }
        for day in ["2026-05-01", "2027-05-01", "2036-05-01"] { #expect(try name(day, holidays) == "Tag der Arbeit") }
        #expect(try name("2026-06-19", holidays) == "Pädagogischer Tag")
        for day in ["2026-12-22", "2027-01-09", "2026-06-17", "2026-06-18", "2028-05-01", "2026-05-02"] {
            #expect(try name(day, holidays) == nil, "\(day)")
        }
    }

    @Test(
        "what can't be heeded is told with its event",
        arguments: [
            ("DTSTART;VALUE=DATE:20260231", "'X': there is no such day"), ("SUMMARY:X", "DTSTART is missing"),
            ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=SOMETIMES", "'X': its RRULE can't be read"),
            ("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:soon", "its DTEND can't be read"),
            ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=HOURLY", "its RRULE repeats within a day"),
            ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "its RRULE never comes"),
            ("DTSTART;VALUE=DATE:20260101\nRECURRENCE-ID;VALUE=DATE:20260102", "RECURRENCE-ID"),
        ])
    func remarks(lines: String, message: String) throws {
        try write("BEGIN:VEVENT\n\(lines)\nSUMMARY:X\nEND:VEVENT")
        #expect(known().holidays?.remarks.contains { $0.contains(message) } == true, "\(known())")
    }

    @Test(
        "a file that is none is a fault, and no holidays are known",
        arguments: [
            "", "hello", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nSUMMARY:x", "<html></html>",
            "BEGIN:VCALENDAR\n\0END:VCALENDAR", String(repeating: "BEGIN:VEVENT\n", count: 80_000),
            String(repeating: "BEGIN:VCALENDAR\nEND:VCALENDAR\n", count: 21_000),
            String(repeating: "BEG\n IN;X=1:VEVENT\nEND;:X\n", count: 9) + "END:VCALENDAR",
            String(repeating: "x", count: (1 << 20) + 1),
        ])
    func faults(text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        #expect(known().holidays == nil)
        #expect(known().fault?.contains(file) == true)
    }

    @Test("while a file is wrong or gone, the last one that was right counts, and its fault is told")
    func lastGood() throws {
        let keeper = HolidayFile()
        #expect(keeper.knowledge(of: nil, now: Self.now) == .none)
        #expect(keeper.knowledge(of: file, now: Self.now).holidays == nil)
        try write(Self.events)
        #expect(try name("2026-12-24", keeper.knowledge(of: file, now: Self.now)) == "Weihnachtsferien")
        try Data("half a f".utf8).write(to: URL(fileURLWithPath: file))
        let wrong = keeper.knowledge(of: file, now: Self.now)
        #expect(wrong.fault?.contains("END:VCALENDAR") == true)
        #expect(try name("2026-12-24", wrong) == "Weihnachtsferien")
        try FileManager.default.removeItem(atPath: file)
        #expect(keeper.knowledge(of: file, now: Self.now).fault?.contains("No such file") == true)
        #expect(try name("2026-12-24", keeper.knowledge(of: file, now: Self.now)) == "Weihnachtsferien")
        try write("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260602\nSUMMARY:X\nEND:VEVENT")
        #expect(keeper.knowledge(of: file, now: Self.now).fault == nil)
        #expect(try name("2026-12-24", keeper.knowledge(of: file, now: Self.now)) == nil)
    }

    @Test("repetitions go on in later years, though the file stays as it is")
    func laterYears() throws {
        try write(Self.events)
        let keeper = HolidayFile()
        #expect(try name("2026-05-01", keeper.knowledge(of: file, now: Self.now)) == "Tag der Arbeit")
        let later = keeper.knowledge(of: file, now: Self.now + 20 * 365 * 86_400_000)
        #expect(try name("2046-05-01", later) == "Tag der Arbeit")
    }

    @Test("a file whose repetitions would be looked up for hours is refused")
    func endless() throws {
        let event = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\nEND:VEVENT\n"
        try write(String(repeating: event, count: 5000))
        #expect(known().fault?.contains("too long") == true)
    }

    @Test("nothing that a file holds ends the process")
    func fuzz() throws {
        let start = "BEGIN:VCALENDAR\n"
        var fuzz = Fuzz(
            "holidays",
            texts: [start + Self.events + "\nEND:VCALENDAR\n", start + "END:VCALENDAR\n"],
            spice: ":;=,\n BEGINDTRUL0123")
        for _ in 0..<300 {
            try Data(fuzz.next()).write(to: URL(fileURLWithPath: file))
            let known = known()
            #expect(known.holidays != nil || known.fault != nil)
        }
    }
}
