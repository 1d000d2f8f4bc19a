import CLibICal
import LinboModel
import Synchronization

/// Reads holidays from an iCalendar file (RFC 5545): events of whole days, with what repeats them.
///
/// Appointments with a time of day close no school, and neither does a cancelled event.
struct HolidayReader {
    /// Repetitions are looked up within these days.
    private let window: ClosedRange<Int64>
    private let patience: ContinuousClock.Instant
    private var spans: [Holidays.Span] = []
    private var remarks: [String] = []

    private static let mostSpans = 50_000
    private static let mostRemarks = 20
    private static let mostSteps = 100_000
    /// What a rule that never comes costs libical, up to a second each.
    private static let limit = Duration.seconds(3)

    /// - Parameter year: repetitions are known from the year before it to ten years behind it.
    static func holidays(in bytes: [UInt8], year: Int) throws(HolidayError) -> Holidays {
        let text = try HolidayText(bytes).unfolded
        return try library.withLock { _ throws(HolidayError) in try read(text, year) }
    }

    /// libical keeps some of its state for the whole process.
    private static let library = Mutex(())

    private static func read(_ text: String, _ year: Int) throws(HolidayError) -> Holidays {
        // The default of some builds ends the process.
        icalerror_set_errors_are_fatal(0)
        guard let root = icalparser_parse_string(text) else { throw HolidayError("it is no iCalendar file") }
        defer { icalcomponent_free(root) }
        var reader = HolidayReader(
            window: CivilTime.number(
                year: year - 1, month: 1, day: 1)...CivilTime.number(year: year + 10, month: 12, day: 31),
            patience: .now + limit)
        try reader.read(root)
        return Holidays(spans: reader.spans, remarks: reader.remarks)
    }

    private init(window: ClosedRange<Int64>, patience: ContinuousClock.Instant) {
        (self.window, self.patience) = (window, patience)
    }

    /// A file may have several calendars, one behind the other.
    private mutating func read(_ component: OpaquePointer) throws(HolidayError) {
        switch icalcomponent_isa(component) {
        case ICAL_VEVENT_COMPONENT: try event(component)
        case ICAL_VCALENDAR_COMPONENT, ICAL_XROOT_COMPONENT:
            var child = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT)
            while let next = child {
                try read(next)
                child = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT)
            }
        default: break
        }
    }

    private mutating func event(_ event: OpaquePointer) throws(HolidayError) {
        let name = icalcomponent_get_summary(event).map { printable(String(cString: $0), most: 80) } ?? "a holiday"
        guard icalcomponent_get_status(event) != ICAL_STATUS_CANCELLED else { return }
        tellErrors(of: event, name)
        guard let start = first(event, ICAL_DTSTART_PROPERTY) else {
            remark(name, "it has no day: DTSTART is missing")
            return
        }
        let time = icalproperty_get_dtstart(start)
        guard time.is_date != 0 else { return }
        guard let day = Self.day(time) else {
            remark(name, "there is no such day as its DTSTART")
            return
        }
        // The end is the first day that is free no more; without one it is a single day.
        let end = Self.day(icalcomponent_get_dtend(event)) ?? day + 1
        let length = max(1, end - day)
        if first(event, ICAL_RECURRENCEID_PROPERTY) != nil {
            remark(name, "it moves one of several (RECURRENCE-ID), and both days count")
        }
        let excluded = Set(
            properties(event, ICAL_EXDATE_PROPERTY).compactMap { Self.day(icalproperty_get_exdate($0)) })
        var days =
            [day] + properties(event, ICAL_RDATE_PROPERTY).compactMap { Self.day(icalproperty_get_rdate($0).time) }
        for rule in properties(event, ICAL_RRULE_PROPERTY) { days += try repetitions(rule, time, name) }
        for day in Set(days).subtracting(excluded).sorted() {
            guard spans.count < Self.mostSpans else { throw HolidayError("it has more than \(Self.mostSpans) days") }
            spans.append(Holidays.Span(days: day...(day + length - 1), name: name))
        }
    }

    /// Days in the window.
    private mutating func repetitions(
        _ property: OpaquePointer, _ start: icaltimetype, _ name: String
    ) throws(HolidayError) -> [Int64] {
        let rule = icalproperty_get_rrule(property)
        guard
            [ICAL_DAILY_RECURRENCE, ICAL_WEEKLY_RECURRENCE, ICAL_MONTHLY_RECURRENCE, ICAL_YEARLY_RECURRENCE]
                .contains(rule.freq)
        else {
            remark(name, "its RRULE repeats within a day")
            return []
        }
        guard let iterator = icalrecur_iterator_new(rule, start) else {
            remark(name, "its RRULE never comes")
            return []
        }
        defer { icalrecur_iterator_free(iterator) }
        var days: [Int64] = []
        for _ in 0..<Self.mostSteps {
            guard ContinuousClock.now < patience else {
                throw HolidayError("what its events repeat by takes too long to look up (\(name))")
            }
            guard let day = Self.day(icalrecur_iterator_next(iterator)), day <= window.upperBound else { return days }
            if window.contains(day) { days.append(day) }
        }
        remark(name, "its RRULE comes more than \(Self.mostSteps) times, and the later ones do not count")
        return days
    }

    // MARK: libical

    /// nil: none, or a day that no calendar has.
    private static func day(_ time: icaltimetype) -> Int64? {
        let (year, month, day) = (Int(time.year), Int(time.month), Int(time.day))
        guard (1...9999).contains(year), (1...12).contains(month),
            (1...CivilTime.length(of: month, in: year)).contains(day)
        else { return nil }
        return CivilTime.number(year: year, month: month, day: day)
    }

    private func first(_ event: OpaquePointer, _ kind: icalproperty_kind) -> OpaquePointer? {
        icalcomponent_get_first_property(event, kind)
    }

    private func properties(_ event: OpaquePointer, _ kind: icalproperty_kind) -> [OpaquePointer] {
        var all: [OpaquePointer] = []
        var next = first(event, kind)
        while let property = next {
            all.append(property)
            next = icalcomponent_get_next_property(event, kind)
        }
        return all
    }

    /// What libical has left out. An empty LOCATION takes no day away.
    private mutating func tellErrors(of event: OpaquePointer, _ name: String) {
        let weighty = ["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE"]
        for property in properties(event, ICAL_XLICERROR_PROPERTY) {
            guard let text = icalproperty_get_xlicerror(property).map({ String(cString: $0) }),
                let word = weighty.first(where: { text.contains($0) })
            else { continue }
            remark(name, "its \(word) can't be read")
        }
    }

    private mutating func remark(_ name: String, _ what: String) {
        if remarks.count < Self.mostRemarks { remarks.append("\(quoted(name)): \(what)") }
    }
}
