import LinboModel

extension Duration {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
    ]

    /// Parses `500ms`, `2s`, `15m`, `12h`, `90d`, `2w`; nil for anything else, a missing unit too.
    package init?(parsing text: String) {
        for (suffix, factor) in Self.units where text.hasSuffix(suffix) {
            guard let count = Int64(digits: text.dropLast(suffix.count)) else { continue }
            let (total, overflow) = count.multipliedReportingOverflow(by: factor)
            guard !overflow else { return nil }
            self = .milliseconds(total)
            return
        }
        return nil
    }

    /// As it is written, with the largest unit that fits without a rest: `90d`, `1500ms`.
    package var text: String {
        let whole = milliseconds
        let days = Self.units.dropLast()
        guard whole > 0, let unit = days.last(where: { whole % $0.milliseconds == 0 }) else { return "\(whole)ms" }
        return "\(whole / unit.milliseconds)\(unit.suffix)"
    }

    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// Seconds with their fraction.
    package var seconds: Double { Double(milliseconds) / 1000 }
}
