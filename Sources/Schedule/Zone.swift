import Foundation

/// A time zone: what a clock on the wall shows at a moment, and at which moment it shows a time.
package struct Zone: Sendable, Hashable {
    private let zone: TimeZone

    /// nil: there is none of this name.
    /// - Parameter name: such as `Europe/Berlin`.
    package init?(_ name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        self.zone = zone
    }

    private init(_ zone: TimeZone) {
        self.zone = zone
    }

    /// The machine's.
    package static var system: Zone { Zone(.current) }

    /// Such as `Europe/Berlin`.
    package var name: String { zone.identifier }

    /// What the clock shows at a moment; both in seconds since 1970.
    func local(at seconds: Int64) -> Int64 { seconds + offset(at: seconds) }

    /// When the clock shows a time: of two such moments the first; if it never does, as it is put forward just then,
    /// the moment when that happens.
    func moment(ofLocal local: Int64) -> Int64 {
        // No clock is further from UTC than 14 hours, so one of these is before a change and one behind it.
        let before = offset(at: local - Self.most)
        let after = offset(at: local + Self.most)
        for offset in [max(before, after), min(before, after)] where self.offset(at: local - offset) == offset {
            return local - offset
        }
        return change(between: local - max(before, after), and: local - min(before, after))
    }

    private static let most: Int64 = 15 * 3600

    /// The first second at which the clock is another than at `start`.
    private func change(between start: Int64, and end: Int64) -> Int64 {
        let old = offset(at: start)
        var (low, high) = (start, end)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(at: middle) == old { low = middle } else { high = middle }
        }
        return high
    }

    private func offset(at seconds: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
    }

    /// `Mo 2026-11-30 07:10`, with seconds if they are not zero.
    /// - Parameter milliseconds: since 1970.
    package func text(_ milliseconds: Int64) -> String {
        let seconds = local(at: CivilTime.floor(milliseconds, by: 1000))
        let time = CivilTime(seconds: seconds)
        let day = CalendarRule.weekdayNames[
            CivilTime.weekday(ofDay: CivilTime.floor(seconds, by: CivilTime.secondsOfDay))]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let rest = time.second % 60
        return "\(day) \(time.year)-\(two(time.month))-\(two(time.day)) "
            + "\(two(time.second / 3600)):\(two(time.second / 60 % 60))\(rest == 0 ? "" : ":\(two(rest))")"
    }

    /// The day on the clock, as a number for `Holidays`.
    func day(at milliseconds: Int64) -> Int64 {
        CivilTime.floor(local(at: CivilTime.floor(milliseconds, by: 1000)), by: CivilTime.secondsOfDay)
    }
}
