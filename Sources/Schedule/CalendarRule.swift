/// When something is done again and again, in systemd's words (systemd.time(7), calendar events): `Mo-Fr 07:10`,
/// `*-*-01 06:00`, `*:0/15`, `daily`.
package struct CalendarRule: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    package let description: String
    /// 0 is Monday. All the others in order, and none is empty.
    let weekdays: Set<Int>
    let years: [Int]
    let months: [Int]
    /// 1 to 31; counted from the month's end if `countsFromEnd`, where 1 is its last day.
    let days: Set<Int>
    let countsFromEnd: Bool
    let hours: [Int]
    let minutes: [Int]
    let seconds: [Int]

    /// As tables name them; English ones can be written, too.
    static let weekdayNames = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]

    // MARK: When

    /// The first moment behind another one.
    ///
    /// A time that the clock leaves out when it is put forward is the moment when that happens; one that it shows twice
    /// when it is put back is the first of both. So whatever a day has, it has it once.
    /// - Parameter time: milliseconds since 1970, as is what comes back.
    /// - Returns: nil: it never comes again.
    package func next(after time: Int64, in zone: Zone) -> Int64? {
        let now = CivilTime.floor(time, by: 1000)
        guard now < Self.end else { return nil }
        var local = zone.local(at: max(now, Self.start))
        while let candidate = nextLocal(after: local) {
            let moment = zone.moment(ofLocal: candidate)
            if moment > now { return moment * 1000 }
            local = candidate
        }
        return nil
    }

    /// Seconds; a day before the first year and behind the last one, wherever the zone is.
    private static let start = CivilTime.number(year: 1969, month: 12, day: 31) * CivilTime.secondsOfDay
    private static let end = CivilTime.number(year: 2200, month: 1, day: 2) * CivilTime.secondsOfDay

    /// On the clock on the wall.
    private func nextLocal(after local: Int64) -> Int64? {
        let start = local + 1
        let today = CivilTime.floor(start, by: CivilTime.secondsOfDay)
        guard let day = nextDay(from: today) else { return nil }
        if day > today { return day * CivilTime.secondsOfDay + Int64(firstSecond(from: 0) ?? 0) }
        if let second = firstSecond(from: Int(start - today * CivilTime.secondsOfDay)) {
            return today * CivilTime.secondsOfDay + Int64(second)
        }
        return nextDay(from: today + 1).map { $0 * CivilTime.secondsOfDay + Int64(firstSecond(from: 0) ?? 0) }
    }

    private func nextDay(from first: Int64) -> Int64? {
        let from = CivilTime.date(ofDay: first)
        for year in years where year >= from.year {
            for month in months where year > from.year || month >= from.month {
                let isFirst = year == from.year && month == from.month
                let length = CivilTime.length(of: month, in: year)
                let before = CivilTime.number(year: year, month: month, day: 1) - 1
                let start = isFirst ? from.day : 1
                let found = (start...length).first { day in
                    days.contains(countsFromEnd ? length - day + 1 : day)
                        && weekdays.contains(CivilTime.weekday(ofDay: before + Int64(day)))
                }
                if let found { return before + Int64(found) }
            }
        }
        return nil
    }

    /// Of the day.
    private func firstSecond(from start: Int) -> Int? {
        let (hour, minute, second) = (start / 3600, start / 60 % 60, start % 60)
        for candidate in hours where candidate >= hour {
            let isFirst = candidate == hour
            for next in minutes where !isFirst || next >= minute {
                let least = isFirst && next == minute ? second : 0
                if let last = seconds.first(where: { $0 >= least }) { return candidate * 3600 + next * 60 + last }
            }
        }
        return nil
    }
}
