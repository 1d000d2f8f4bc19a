/// Text as GRUB's shell takes it literally: nothing in it is a variable, a command or the end of anything.
enum GrubWord {
    /// Words of GRUB's shell, which are none in quotes.
    private static let reserved: Set<String> = [
        "case", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "menuentry", "select",
        "then",
        "time", "until", "while",
    ]

    /// As it is if it is of letters, digits and what means nothing to GRUB's shell; else between single quotes, where
    /// only the quote itself means something.
    static func quoted(_ text: String) -> String {
        if !text.isEmpty, text.utf8.allSatisfy(isPlain), !reserved.contains(text) { return text }
        let visible = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        var word = "'"
        for scalar in visible {
            if scalar == "'" { word += "'\\''" } else { word.unicodeScalars.append(scalar) }
        }
        return word + "'"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: Array("_-.,:/=@%+".utf8).contains(byte)
        }
    }

    /// Words with blanks between them, each quoted.
    static func quoted(_ words: [String]) -> String {
        words.map { quoted($0) }.joined(separator: " ")
    }

    /// Takes kernel options apart at blanks as the kernel does: not within double quotes, which are no part of the
    /// word. GRUB puts them round a word with blanks again. A quote without its partner is a character like others.
    static func split(_ options: String) -> [String] {
        var words: [String] = []
        var word: String?
        var rest = options.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case " ", "\t":
                if let done = word { words.append(done) }
                word = nil
            case "\"":
                guard let end = rest.firstIndex(of: "\"") else { fallthrough }
                word = (word ?? "") + String(rest[..<end])
                rest = rest[rest.index(after: end)...]
            default:
                word = word ?? ""
                word?.unicodeScalars.append(scalar)
            }
        }
        if let word { words.append(word) }
        return words
    }
}
