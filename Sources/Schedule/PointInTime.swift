/// When something is done once: `2026-12-01 07:10`, or `07:10` for the next time that the clock shows it.
package struct PointInTime: Sendable, Hashable, CustomStringConvertible {
    private let time: CivilTime

    /// With its date and its seconds, so that it can be read again at any time.
    package var description: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(time.year)-\(two(time.month))-\(two(time.day)) "
            + [time.second / 3600, time.second / 60 % 60, time.second % 60].map(two).joined(separator: ":")
    }

    /// - Parameter now: milliseconds since 1970: from then on `07:10` is looked for.
    /// - Throws: `RuleError`, with a mark below what is wrong.
    package init(_ text: String, now: Int64, in zone: Zone) throws(RuleError) {
        let reader = try RuleReader(text, example: "'2026-12-01 07:10'")
        let hint = "write 2026-12-01 07:10, or 07:10"
        guard reader.words.count <= 2, let clock = reader.words.last else {
            throw reader.error(reader.words[2], "nothing may stand behind the time", fix: hint)
        }
        let second = try Self.second(clock, reader, hint)
        if reader.words.count == 2 {
            let date = reader.words[0]
            let parts = date.split { $0 == "-" }
            guard parts.count == 3 else { throw reader.error(date, "this is no date", fix: hint) }
            let year = try reader.number(parts[0], RuleReader.year)
            let month = try reader.number(parts[1], RuleReader.month)
            let day = try reader.number(parts[2], RuleReader.day)
            guard let time = CivilTime(year: year, month: month, day: day, second: second) else {
                let length = CivilTime.length(of: month, in: year)
                throw reader.error(parts[2], "this month ends with day \(length)")
            }
            self.time = time
        } else {
            let local = zone.local(at: CivilTime.floor(now, by: 1000))
            let today = CivilTime.floor(local, by: CivilTime.secondsOfDay)
            let isOver = today * CivilTime.secondsOfDay + Int64(second) <= local
            time = CivilTime(seconds: (today + (isOver ? 1 : 0)) * CivilTime.secondsOfDay + Int64(second))
        }
    }

    private static func second(
        _ piece: RuleReader.Piece, _ reader: RuleReader, _ hint: String
    ) throws(RuleError) -> Int {
        let parts = piece.split { $0 == ":" }
        guard parts.count == 2 || parts.count == 3 else { throw reader.error(piece, "this is no time", fix: hint) }
        let last = parts.count == 3 ? try reader.number(parts[2], RuleReader.second) : 0
        return try reader.number(parts[0], RuleReader.hour) * 3600
            + reader.number(parts[1], RuleReader.minute) * 60 + last
    }

    /// Milliseconds since 1970. As with rules, one that the clock leaves out is the moment when it is put forward.
    package func moment(in zone: Zone) -> Int64 { zone.moment(ofLocal: time.seconds) * 1000 }
}
