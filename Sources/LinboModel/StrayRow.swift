/// A line of devices.csv that is no row, as its first character is no letter and no digit (docs/linbo.md#devices), and
/// looks like one: spreadsheets and editors leave marks, quotes and blanks there.
enum StrayRow {
    static func look(at line: ByteLine, _ problems: inout ProblemList) {
        let bytes = trimmed(line.bytes)
        // A row that somebody took out.
        guard let first = bytes.first, first != UInt8(ascii: "#"), first != UInt8(ascii: "/"), holdsAHost(bytes) else {
            return
        }
        problems.add(
            line: line.number, column: 1, "this looks like a host and is none: \(cause(line.bytes))",
            fix: fix(line.bytes), severity: .warning)
    }

    /// Whether one of its columns is a MAC or an address.
    private static func holdsAHost(_ bytes: ArraySlice<UInt8>) -> Bool {
        split(bytes, at: UInt8(ascii: ";")).contains { field in
            let value = trimmed(field.filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }[...])
            return MACAddress(parsing: value) != nil || (IPAddress(parsing: value)?.canBeHost ?? false)
        }
    }

    private static func cause(_ bytes: ArraySlice<UInt8>) -> String {
        switch bytes.first {
        case UInt8(ascii: ";"): "it has no room"
        case UInt8(ascii: "\""), UInt8(ascii: "'"): "it begins with a quote"
        case UInt8(ascii: " "), UInt8(ascii: "\t"): "it begins with a blank"
        default: "it begins with \(begin(bytes))"
        }
    }

    /// Marks that nobody sees are named by their number.
    private static func begin(_ bytes: ArraySlice<UInt8>) -> String {
        guard let scalar = text(of: bytes).unicodeScalars.first else { return "nothing" }
        let number = String(scalar.value, radix: 16, uppercase: true)
        return scalar.value < 0x7F
            ? "'\(scalar)'"
            : "a sign that is no letter (U+\(String(repeating: "0", count: max(0, 4 - number.count)))\(number))"
    }

    private static func fix(_ bytes: ArraySlice<UInt8>) -> String {
        switch bytes.first {
        case UInt8(ascii: ";"): "write the room into the first column"
        case UInt8(ascii: "\""), UInt8(ascii: "'"): "save the file without quotes around its columns"
        default: "begin it with the room, a letter or a digit; or with '#' if it is a comment"
        }
    }
}
