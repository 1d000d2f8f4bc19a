extension RegistryText {
    /// A line `"name"=value` of a registry file.
    struct Value {
        /// As it is written, without the quotes.
        let name: Range<Int>
        /// Behind `=` and blanks.
        let start: Int
    }

    /// What stands behind a value's `=`.
    enum Data: Equatable {
        /// With the continuation lines of hex data.
        case range(Range<Int>)
        /// `-`: the value is to be deleted.
        case removal
        /// A string without its end quote on the line.
        case unclosed
    }

    /// nil: the line is none of a named value.
    func value(in line: Line) -> Value? {
        let body = trimmed(line.range)
        guard let first = body.first, units[first] == Unit.quote, let close = closingQuote(after: first, in: body)
        else { return nil }
        let equals = trimmed(close + 1..<body.upperBound)
        guard let sign = equals.first, units[sign] == Unit.equals else { return nil }
        return Value(name: first + 1..<close, start: trimmed(sign + 1..<body.upperBound).lowerBound)
    }

    func data(of value: Value, in line: Line) -> Data {
        let body = withoutComment(value.start..<line.range.upperBound)
        guard let first = body.first else { return .range(value.start..<value.start) }
        if units[first] == Unit.quote {
            let close = closingQuote(after: first, in: first..<line.range.upperBound)
            return close.map { .range(first..<$0 + 1) } ?? .unclosed
        }
        if units[first] == Unit.minus, body.count == 1 { return .removal }
        return .range(first..<dataEnd(body, of: line))
    }

    /// Where hex data ends that may go on behind a `\` at the end of its line.
    private func dataEnd(_ body: Range<Int>, of line: Line) -> Int {
        var (body, line) = (body, line)
        while let last = body.last, units[last] == Unit.backslash, let more = self.line(behind: line) {
            let next = withoutComment(more.range)
            guard !next.isEmpty, next.allSatisfy({ isHexData(units[$0]) }) else { break }
            (body, line) = (next, more)
        }
        return body.upperBound
    }

    private func isHexData(_ unit: UInt16) -> Bool {
        Unit.isHexDigit(unit) || Unit.isBlank(unit) || unit == Unit.comma || unit == Unit.backslash
    }

    /// Trimmed, up to a `;`.
    private func withoutComment(_ range: Range<Int>) -> Range<Int> {
        let end = range.first { units[$0] == Unit.semicolon } ?? range.upperBound
        return trimmed(range.lowerBound..<end)
    }

    private func closingQuote(after open: Int, in range: Range<Int>) -> Int? {
        var index = open + 1
        while index < range.upperBound {
            if units[index] == Unit.quote { return index }
            index += units[index] == Unit.backslash ? 2 : 1
        }
        return nil
    }
}
