extension CalendarRule {
    /// - Throws: `RuleError`, with a mark below what is wrong.
    package init(_ text: String) throws(RuleError) {
        let reader = try RuleReader(text, example: "a rule such as 'Mo-Fr 07:10'")
        let only = reader.words.count == 1 ? reader.words.first?.string.lowercased() : nil
        if let meaning = only.flatMap({ Self.shortcuts[$0] }) {
            try self.init(RuleReader(meaning, example: ""), writtenAs: reader.words.map(\.string))
        } else {
            try self.init(reader, writtenAs: reader.words.map(\.string))
        }
    }

    /// systemd's.
    private static let shortcuts = [
        "minutely": "*:*", "hourly": "*:00", "daily": "*-*-* 00:00", "weekly": "Mo *-*-* 00:00",
        "monthly": "*-*-01 00:00", "quarterly": "*-01,04,07,10-01 00:00", "semiannually": "*-01,07-01 00:00",
        "yearly": "*-01-01 00:00", "annually": "*-01-01 00:00",
    ]

    private init(_ reader: RuleReader, writtenAs words: [String]) throws(RuleError) {
        var rest = reader.words[...]
        let weekdays = rest.first.flatMap { $0.text.first?.isLetter == true ? $0 : nil }
        if weekdays != nil { rest = rest.dropFirst() }
        let date = rest.first.flatMap { $0.text.contains(":") ? nil : $0 }
        if date != nil { rest = rest.dropFirst() }
        let time = rest.popFirst()
        if let time, !time.text.contains(":") {
            throw reader.error(
                time, "this is no time",
                fix: "write weekdays, date and time in this order: 'Mo-Fr *-12-* 07:10'; what is not needed is left out"
            )
        }
        if let more = rest.first { throw Self.surplus(more, reader) }
        let numbers = try date.map { piece throws(RuleError) in try Date(piece, reader) } ?? Date()
        let clock = try time.map { piece throws(RuleError) in try Clock(piece, reader) } ?? Clock()
        self.init(
            description: words.joined(separator: " "),
            weekdays: try weekdays.map { piece throws(RuleError) in try Self.weekdays(piece, reader) } ?? Set(0..<7),
            years: numbers.years, months: numbers.months, days: Set(numbers.days), countsFromEnd: numbers.countsFromEnd,
            hours: clock.hours, minutes: clock.minutes, seconds: clock.seconds)
    }

    private static func surplus(_ piece: RuleReader.Piece, _ reader: RuleReader) -> RuleError {
        if (try? weekdays(piece, reader)) != nil { return reader.error(piece, "weekdays stand before the time") }
        return piece.text.first?.isLetter == true
            ? reader.error(
                piece, "a rule has no time zone of its own",
                fix: "leave it out: schedules.time-zone of the configuration counts")
            : reader.error(piece, "nothing may stand behind the time", fix: "leave it out")
    }

    // MARK: Weekdays

    private static let weekdayWords: [String: Int] = {
        let languages = [
            ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
            ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], weekdayNames,
            ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        ]
        let all = languages.flatMap { $0.enumerated().map { ($0.element.lowercased(), $0.offset) } }
        return Dictionary(all) { first, _ in first }
    }()

    /// `Mo`, `Mo,Mi`, `Mo-Fr`, `Mo..Fr`; a range may go over Sunday.
    private static func weekdays(_ piece: RuleReader.Piece, _ reader: RuleReader) throws(RuleError) -> Set<Int> {
        func weekday(_ piece: RuleReader.Piece) throws(RuleError) -> Int {
            guard let day = weekdayWords[piece.string.lowercased()] else {
                throw reader.error(
                    piece, "this is no weekday", fix: "write Mo, Di, Mi, Do, Fr, Sa, So or Mon, Tue, Wed, …")
            }
            return day
        }
        var days: Set<Int> = []
        for item in piece.split({ $0 == "," }) {
            guard let (first, last) = item.halves(at: "..") ?? item.halves(at: "-") else {
                days.insert(try weekday(item))
                continue
            }
            let (start, end) = (try weekday(first), try weekday(last))
            for day in start...(end < start ? end + 7 : end) { days.insert(day % 7) }
        }
        return days
    }

    // MARK: Date, time

    /// `2026-12-24`, `*-12-24`, `12-24`, `*-*~1`.
    private struct Date {
        var years = Array(CivilTime.years)
        var months = Array(1...12)
        var days = Array(1...31)
        var countsFromEnd = false

        init() {}

        init(_ piece: RuleReader.Piece, _ reader: RuleReader) throws(RuleError) {
            let parts = piece.split { $0 == "-" || $0 == "~" }
            countsFromEnd = piece.text.contains("~")
            guard parts.count == 2 || parts.count == 3, let day = parts.last,
                !countsFromEnd || piece.text.lastIndex(of: "~") == day.start - piece.start - 1,
                piece.text.count(where: { $0 == "~" }) <= 1
            else {
                throw reader.error(
                    piece, "this is neither a date nor a time", fix: "write 2026-12-24, *-12-24, *-*-01 or 07:10")
            }
            if parts.count == 3 { years = try reader.values(parts[0], RuleReader.year) }
            months = try reader.values(parts[parts.count - 2], RuleReader.month)
            days = try reader.values(
                day, countsFromEnd ? RuleReader.dayFromEnd : RuleReader.day, isFromEnd: countsFromEnd)
        }
    }

    /// `07:10`, `07:10:30`, `*:0/15`.
    private struct Clock {
        var hours = [0]
        var minutes = [0]
        var seconds = [0]

        init() {}

        init(_ piece: RuleReader.Piece, _ reader: RuleReader) throws(RuleError) {
            let parts = piece.split { $0 == ":" }
            guard parts.count <= 3 else { throw reader.error(piece, "this is no time", fix: "write 07:10 or 07:10:30") }
            hours = try reader.values(parts[0], RuleReader.hour)
            minutes = try reader.values(parts[1], RuleReader.minute)
            if parts.count == 3 { seconds = try reader.values(parts[2], RuleReader.second) }
        }
    }
}
