/// Reads texts that say when; what is wrong is told with its place.
struct RuleReader {
    /// A part of the text between blanks, or of such a part.
    struct Piece {
        let text: [Character]
        /// Of the whole text.
        let start: Int

        var place: Range<Int> { start..<start + text.count }
        var string: String { String(text) }

        /// The parts between separators, empty ones too.
        func split(_ isSeparator: (Character) -> Bool) -> [Piece] {
            var parts: [Piece] = []
            var from = 0
            for (index, character) in text.enumerated() where isSeparator(character) {
                parts.append(Piece(text: Array(text[from..<index]), start: start + from))
                from = index + 1
            }
            return parts + [Piece(text: Array(text[from...]), start: start + from)]
        }

        /// At the first place of a word; nil: it is not in there.
        func halves(at word: String) -> (Piece, Piece)? {
            let word = Array(word)
            guard text.count >= word.count else { return nil }
            for index in 0...(text.count - word.count) where Array(text[index..<index + word.count]) == word {
                let rest = index + word.count
                return (
                    Piece(text: Array(text[..<index]), start: start),
                    Piece(text: Array(text[rest...]), start: start + rest)
                )
            }
            return nil
        }
    }

    /// What one number may be.
    struct Field {
        let name: String
        let range: ClosedRange<Int>
    }

    static let hour = Field(name: "an hour", range: 0...23)
    static let minute = Field(name: "a minute", range: 0...59)
    static let second = Field(name: "a second", range: 0...59)
    static let day = Field(name: "a day", range: 1...31)
    /// From a month's end: each month has so many.
    static let dayFromEnd = Field(name: "a day", range: 1...28)
    static let month = Field(name: "a month", range: 1...12)
    static let year = Field(name: "a year", range: CivilTime.years)

    let text: String
    let words: [Piece]

    private static let longest = 200

    /// - Parameter example: what to write instead of nothing.
    init(_ text: String, example: String) throws(RuleError) {
        self.text = text
        let all = Piece(text: Array(text), start: 0)
        guard all.text.count <= Self.longest else {
            let start = String(all.text.prefix(Self.longest))
            throw RuleError(start, Self.longest..<Self.longest, "it has more than \(Self.longest) characters")
        }
        words = all.split { $0 == " " || $0 == "\t" }.filter { !$0.text.isEmpty }
        guard !words.isEmpty else { throw RuleError(text, 0..<0, "it is empty", fix: "write \(example)") }
    }

    func error(_ piece: Piece, _ what: String, fix: String? = nil) -> RuleError {
        RuleError(text, piece.place, what, fix: fix)
    }

    /// Digits alone, and within the field.
    func number(_ piece: Piece, _ field: Field) throws(RuleError) -> Int {
        guard !piece.text.isEmpty else { throw error(piece, "\(field.name) is missing here") }
        guard piece.text.count <= 4, piece.text.allSatisfy({ ("0"..."9").contains($0) }), let number = Int(piece.string)
        else { throw error(piece, "this is no number", fix: "\(field.name) is \(Self.words(field))") }
        guard field.range.contains(number) else {
            throw error(piece, "there is no such number here", fix: "\(field.name) is \(Self.words(field))")
        }
        return number
    }

    private static func words(_ field: Field) -> String { "\(field.range.lowerBound) to \(field.range.upperBound)" }

    /// `*`, or with commas between: `7`, `8..10`, `0/15`, `8..18/2`.
    /// - Parameter isFromEnd: numbers count from the end, and steps go towards it.
    func values(_ piece: Piece, _ field: Field, isFromEnd: Bool = false) throws(RuleError) -> [Int] {
        if piece.text == ["*"] { return Array(field.range) }
        var values: Set<Int> = []
        for item in piece.split({ $0 == "," }) {
            let (span, step) = item.halves(at: "/").map { ($0.0, $0.1 as Piece?) } ?? (item, nil)
            guard span.text != ["*"] else {
                throw error(
                    item, "a star stands alone",
                    fix: step == nil
                        ? "leave out the other numbers" : "begin with a number: \(field.range.lowerBound)/…")
            }
            values.formUnion(try numbers(span, step, field, isFromEnd))
        }
        return values.sorted()
    }

    private func numbers(
        _ span: Piece, _ step: Piece?, _ field: Field, _ isFromEnd: Bool
    ) throws(RuleError) -> [Int] {
        let ends = span.halves(at: "..")
        let first = try number(ends?.0 ?? span, field)
        if isFromEnd, ends != nil {
            throw error(
                span, "days that count from the month's end have no range", fix: "write ~7/1 for the last seven")
        }
        var last = step == nil ? first : field.range.upperBound
        if let end = ends?.1 {
            last = try number(end, field)
            guard first <= last else { throw error(span, "the range goes backwards", fix: "write \(last)..\(first)") }
        }
        guard let step else { return Array(first...last) }
        let width = try number(step, Field(name: "a step", range: 1...CivilTime.years.count))
        guard isFromEnd ? first - width >= field.range.lowerBound : first + width <= last else {
            throw error(span, "the step behind this leads nowhere", fix: "leave out the /\(width)")
        }
        return Array(stride(from: first, through: isFromEnd ? 1 : last, by: isFromEnd ? -width : width))
    }
}
