extension Duration {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Parses `500ms`, `2s`, `15m`, `12h`, `90d`; nil for anything else, a missing unit too.
    package init?(parsing text: String) {
        for (suffix, factor) in Self.units where text.hasSuffix(suffix) {
            guard let count = Int64(text.dropLast(suffix.count)), count >= 0 else { continue }
            let (total, overflow) = count.multipliedReportingOverflow(by: factor)
            guard !overflow else { return nil }
            self = .milliseconds(total)
            return
        }
        return nil
    }

    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// Seconds with their fraction.
    package var seconds: Double { Double(milliseconds) / 1000 }
}
