/// The words, strings and punctuation of isc-dhcp's lease file.
struct ISCTokens {
    enum Word: Equatable {
        case word(String)
        /// Its bytes do not matter here.
        case string

        var text: String? {
            if case .word(let text) = self { text } else { nil }
        }
    }

    enum End {
        case semicolon, open, close
    }

    private let bytes: [UInt8]
    private(set) var index = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The words up to the next `;`, `{` or `}`; nil at the end of the file, also within a statement.
    mutating func statement() -> (words: [Word], end: End)? {
        var words: [Word] = []
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: ";"): return (words, end(.semicolon))
            case UInt8(ascii: "{"): return (words, end(.open))
            case UInt8(ascii: "}"): return (words, end(.close))
            case UInt8(ascii: "#"): skipComment()
            case UInt8(ascii: "\""):
                skipString()
                words.append(.string)
            case 0...0x20: index += 1
            default: words.append(.word(word()))
            }
        }
        return nil
    }

    /// Skips what stands up to the `}` of a block whose `{` was read.
    /// - Returns: whether there is one.
    @discardableResult
    mutating func skipBlock() -> Bool {
        var depth = 1
        while depth > 0, let statement = statement() {
            switch statement.end {
            case .open: depth += 1
            case .close: depth -= 1
            case .semicolon: break
            }
        }
        return depth == 0
    }

    private mutating func end(_ end: End) -> End {
        index += 1
        return end
    }

    private mutating func skipComment() {
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
    }

    /// A backslash takes the next byte's meaning away.
    private mutating func skipString() {
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        index += 1
    }

    private mutating func word() -> String {
        let start = index
        while index < bytes.count, bytes[index] > 0x20, !";{}\"#".utf8.contains(bytes[index]) { index += 1 }
        return text(of: bytes[start..<index])
    }
}
