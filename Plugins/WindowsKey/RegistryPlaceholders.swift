extension RegistryText {
    /// `@@word@@`, exactly two `@` at both ends; the word has letters, digits and `_`.
    struct Placeholder: Equatable {
        let word: String
        let range: Range<Int>
        let line: Int
    }

    /// In order. An `@@` belongs to one placeholder only, so that two passes see the same ones.
    var placeholders: [Placeholder] {
        var found: [Placeholder] = []
        var line = 1
        var index = 0
        while index < units.count {
            guard units[index] == Unit.at else {
                if units[index] == Unit.lineFeed { line += 1 }
                index += 1
                continue
            }
            let opened = end(from: index) { $0 == Unit.at }
            let word = opened..<end(from: opened, while: Unit.isWord)
            let closed = end(from: word.upperBound) { $0 == Unit.at }
            guard opened - index == 2, !word.isEmpty, closed - word.upperBound == 2 else {
                index = opened
                continue
            }
            found.append(Placeholder(word: text(word), range: index..<closed, line: line))
            index = closed
        }
        return found
    }

    private func end(from start: Int, while belongs: (UInt16) -> Bool) -> Int {
        var end = start
        while end < units.count, belongs(units[end]) { end += 1 }
        return end
    }
}
