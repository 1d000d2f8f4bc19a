/// A day and a time as a clock on the wall shows them, without a time zone.
package struct CivilTime: Sendable, Hashable {
    /// Those that rules and schedules may name: systemd's.
    package static let years = 1970...2199

    /// Of the Gregorian calendar.
    let year: Int
    let month: Int
    let day: Int
    /// Of the day: 0 to 86,399.
    let second: Int

    /// nil: the month has no such day.
    init?(year: Int, month: Int, day: Int, second: Int = 0) {
        guard Self.years.contains(year), (1...12).contains(month), (1...Self.length(of: month, in: year)).contains(day)
        else { return nil }
        (self.year, self.month, self.day, self.second) = (year, month, day, second)
    }

    /// - Parameter seconds: since 1970-01-01 00:00 on that clock.
    init(seconds: Int64) {
        let day = Self.floor(seconds, by: Self.secondsOfDay)
        (year, month, self.day) = Self.date(ofDay: day)
        second = Int(seconds - day * Self.secondsOfDay)
    }

    /// Since 1970-01-01 00:00 on that clock.
    var seconds: Int64 { Self.number(year: year, month: month, day: day) * Self.secondsOfDay + Int64(second) }

    static let secondsOfDay: Int64 = 86_400

    /// Rounded down.
    static func floor(_ number: Int64, by divisor: Int64) -> Int64 {
        number / divisor - (number % divisor < 0 ? 1 : 0)
    }

    /// 28 to 31.
    static func length(of month: Int, in year: Int) -> Int {
        guard month == 2 else { return [4, 6, 9, 11].contains(month) ? 30 : 31 }
        return year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
    }

    // MARK: Days by number

    /// Days since 1970-01-01, by eras of 400 years that begin in March, so that the leap day is the last.
    static func number(year: Int, month: Int, day: Int) -> Int64 {
        let shifted = Int64(month <= 2 ? year - 1 : year)
        let era = floor(shifted, by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The reverse.
    static func date(ofDay number: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = floor(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let year = Int(yearOfEra + era * 400) + (month >= 10 ? 1 : 0)
        return (year, Int(month < 10 ? month + 3 : month - 9), Int(dayOfYear - (153 * month + 2) / 5 + 1))
    }

    /// 0 is Monday.
    static func weekday(ofDay number: Int64) -> Int { Int(((number + 3) % 7 + 7) % 7) }
}
