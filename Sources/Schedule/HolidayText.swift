/// The text of an iCalendar file (RFC 5545), looked through before libical gets it: that frees what is nested by
/// calling itself, and a file of a million bytes can be nested so deep that this ends the process.
struct HolidayText {
    /// With folded lines made whole (section 3.1).
    let unfolded: String

    static let limit = 1 << 20
    private static let deepest = 8
    private static let mostComponents = 20_000

    init(_ bytes: [UInt8]) throws(HolidayError) {
        guard bytes.count <= Self.limit else { throw HolidayError("it has more than \(Self.limit) bytes") }
        guard !bytes.contains(0) else { throw HolidayError("it is no text") }
        unfolded = String(decoding: Self.unfold(bytes), as: UTF8.self)
        var depth = 0
        var components = 0
        var last = ""
        for line in unfolded.split(whereSeparator: \.isNewline) {
            let start = line.prefix(7).uppercased()
            if start.hasPrefix("BEGIN") {
                (depth, components) = (depth + 1, components + 1)
            } else if start.hasPrefix("END:") {
                depth -= 1
            }
            guard depth <= Self.deepest, components <= Self.mostComponents else {
                throw HolidayError("it has more parts, or parts within parts, than a calendar has")
            }
            if !line.allSatisfy(\.isWhitespace) { last = line.uppercased() }
        }
        guard last.hasPrefix("END:VCALENDAR") else {
            throw HolidayError("it is no iCalendar file, or its end is missing: the last line is not END:VCALENDAR")
        }
    }

    /// A line end with a blank behind it is none.
    private static func unfold(_ bytes: [UInt8]) -> [UInt8] {
        let (newline, feed) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
            if isBlank, index > 0, bytes[index - 1] == newline {
                while let end = text.last, end == newline || end == feed { text.removeLast() }
            } else {
                text.append(byte)
            }
        }
        return text
    }
}
