/// LDIF (RFC 2849), as lines: what `ldbsearch` prints and what a `.macct` holds. Lines are unfolded, comments are left
/// out, Base64 is decoded; a value by URL (`attribute:< file://…`) is refused, whatever it names.
struct LDIFReader {
    /// One line: `name: value`, `name:: base64`, or `-` with an empty name.
    struct Line: Equatable {
        /// In lower case, as attributes have none.
        let name: String
        let value: [UInt8]
        /// Counted from 1, before unfolding.
        let number: Int

        var isDash: Bool { name.isEmpty }
        /// nil if it is not UTF-8.
        var text: String? { String(validating: value, as: UTF8.self) }
    }

    struct Failure: Error, Equatable, CustomStringConvertible {
        let line: Int
        /// Never with a part of the line, which may be a secret.
        let reason: String
        var description: String { "line \(line): \(reason)" }
    }

    /// The records of a text, each with its lines; blank lines stand between them. A record of comments alone is none.
    static func records(_ text: [UInt8]) throws(Failure) -> [[Line]] {
        var records: [[Line]] = []
        var current: [Line] = []
        for folded in try unfold(text) {
            if folded.bytes.isEmpty {
                if !current.isEmpty { records.append(current) }
                current = []
            } else if folded.bytes.first != UInt8(ascii: "#") {
                current.append(try line(folded))
            }
        }
        if !current.isEmpty { records.append(current) }
        return records
    }

    private struct Unfolded {
        var bytes: [UInt8]
        let number: Int
    }

    /// A line that begins with one blank goes on the one before it, a comment's too.
    private static func unfold(_ text: [UInt8]) throws(Failure) -> [Unfolded] {
        var lines: [Unfolded] = []
        var number = 0
        for part in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let bytes = part.last == UInt8(ascii: "\r") ? part.dropLast() : part
            guard !bytes.contains(0) else { throw Failure(line: number, reason: "a NUL byte") }
            guard bytes.first == UInt8(ascii: " ") else {
                lines.append(Unfolded(bytes: Array(bytes), number: number))
                continue
            }
            guard let last = lines.indices.last, !lines[last].bytes.isEmpty else {
                throw Failure(line: number, reason: "a folded line without one before it")
            }
            lines[last].bytes += bytes.dropFirst()
        }
        return lines
    }

    private static func line(_ folded: Unfolded) throws(Failure) -> Line {
        let bytes = folded.bytes[...]
        if bytes.elementsEqual("-".utf8) { return Line(name: "", value: [], number: folded.number) }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), let name = name(bytes[..<colon]) else {
            throw Failure(line: folded.number, reason: "no 'attribute: value'")
        }
        var rest = bytes[(colon + 1)...]
        let mark = rest.first
        guard mark != UInt8(ascii: "<") else { throw Failure(line: folded.number, reason: "a value by URL") }
        if mark == UInt8(ascii: ":") { rest = rest.dropFirst() }
        rest = rest.drop { $0 == UInt8(ascii: " ") }
        guard mark == UInt8(ascii: ":") else { return Line(name: name, value: Array(rest), number: folded.number) }
        guard let value = Base64.decode(rest) else { throw Failure(line: folded.number, reason: "not Base64") }
        return Line(name: name, value: value, number: folded.number)
    }

    /// An attribute's name without options: letters, digits, `-`, a letter first (RFC 4512, 1.4).
    private static func name(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let first = bytes.first, isLetter(first), bytes.count <= 64 else { return nil }
        let hyphen = UInt8(ascii: "-")
        guard bytes.allSatisfy({ isLetter($0) || (0x30...0x39).contains($0) || $0 == hyphen }) else { return nil }
        return String(decoding: bytes, as: UTF8.self).lowercased()
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
