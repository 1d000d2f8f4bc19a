/// What stands between two commas of a list of targets.
struct TargetPiece: Sendable, Equatable {
    /// As blanks outside of quotes part it, without the quotes.
    let words: [String]
    /// All of it; nil: it has quotes, which say what belongs together.
    let unquoted: String?

    /// Those of a text that are not empty. A quote that is not closed goes on to the end.
    static func all(in text: String) -> [TargetPiece] {
        var pieces: [TargetPiece] = []
        var (piece, words, word) = ("", [String](), "")
        var (isQuoted, hasQuotes) = (false, false)
        func endWord() {
            if !word.isEmpty { words.append(word) }
            word = ""
        }
        for character in text + "," {
            switch character {
            case "\"":
                isQuoted.toggle()
                hasQuotes = true
            case " " where !isQuoted:
                endWord()
                if !piece.isEmpty { piece.append(character) }
            case "," where !isQuoted:
                endWord()
                while piece.last == " " { piece.removeLast() }
                if !words.isEmpty { pieces.append(TargetPiece(words: words, unquoted: hasQuotes ? nil : piece)) }
                (piece, words, hasQuotes) = ("", [], false)
            default:
                word.append(character)
                piece.append(character)
            }
        }
        // Inside a quote the last comma, which is none of the text's, was a character.
        if isQuoted {
            word.removeLast()
            endWord()
            if !words.isEmpty { pieces.append(TargetPiece(words: words, unquoted: nil)) }
        }
        return pieces
    }
}
