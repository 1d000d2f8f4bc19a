/// Files of admins come as UTF-8, with or without a byte order mark, or as Latin-1 from old spreadsheets. All parsers
/// here work on bytes; only what is kept becomes a `String`.

/// A line without its LF or CRLF.
struct ByteLine {
    /// 1-based.
    let number: Int
    let bytes: ArraySlice<UInt8>
    /// false: the file ends here without a newline.
    let isEnded: Bool
}

/// The lines of a file, its byte order mark left out. An empty last line is none.
func lines(of bytes: [UInt8]) -> [ByteLine] {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var parts = split(bytes[start...], at: UInt8(ascii: "\n"))
    let rest = parts.removeLast()
    var lines: [ByteLine] = []
    lines.reserveCapacity(parts.count + 1)
    for part in parts {
        lines.append(ByteLine(number: lines.count + 1, bytes: withoutReturn(part), isEnded: true))
    }
    if !rest.isEmpty {
        lines.append(ByteLine(number: lines.count + 1, bytes: withoutReturn(rest), isEnded: false))
    }
    return lines
}

private func withoutReturn(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    line.last == UInt8(ascii: "\r") ? line.dropLast() : line
}

/// The parts between separators, empty ones too; never empty itself.
func split(_ bytes: ArraySlice<UInt8>, at separator: UInt8) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = bytes.startIndex
    var index = start
    let end = bytes.endIndex
    while index < end {
        if bytes[index] == separator {
            parts.append(bytes[start..<index])
            start = index + 1
        }
        index += 1
    }
    parts.append(bytes[start..<end])
    return parts
}

/// The words between runs of blanks and tabs.
func words(of bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    bytes.split { isBlank($0) }
}

func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

/// Without blanks and tabs at both ends.
func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var start = bytes.startIndex
    var end = bytes.endIndex
    while start < end, isBlank(bytes[start]) { start += 1 }
    while start < end, isBlank(bytes[end - 1]) { end -= 1 }
    return bytes[start..<end]
}

/// As UTF-8; what is not valid UTF-8 is read as Latin-1.
func text(of bytes: ArraySlice<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(Unicode.Scalar(byte)) }
    return String(text)
}

/// Whether control characters stand in it: C0, DEL and C1, which terminals obey.
func hasControlCharacter(_ text: some StringProtocol) -> Bool {
    text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
}

/// Whether a log or a terminal must not get a character as it is: control characters, and those that change what is
/// seen (the direction of text, line ends of Unicode, characters without width).
package func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
}

/// Text that somebody else may have chosen, for a log, the database, an event or a terminal: `?` for each character
/// that is not printable, and `…` for what is more than `limit` characters. What is printable and short stays as it is,
/// so it may be applied twice.
package func printable(_ text: some StringProtocol, most limit: Int = .max) -> String {
    let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    if isPlain, text.utf8.count <= limit { return String(text) }
    let scalars = text.unicodeScalars
    let isCut = limit < .max && scalars.dropFirst(limit).first != nil
    var shown = String.UnicodeScalarView()
    for scalar in isCut ? scalars.prefix(max(0, limit - 1)) : scalars.prefix(.max) {
        shown.append(isUnprintable(scalar) ? "?" : scalar)
    }
    return String(shown) + (isCut ? "…" : "")
}

/// How long texts are that are kept: a sentence or two with a name in them.
package let sentenceLimit = 1000

/// The same in quotes, for a value within a sentence.
package func quoted(_ text: some StringProtocol) -> String {
    "'\(printable(text, most: 64))'"
}

/// The first of some lines, and one more that says how many are left out and what shows them.
/// - Parameter command: without quotes around it.
package func shortened(_ lines: [String], to most: Int, see command: String) -> [String] {
    guard lines.count > most else { return lines }
    return lines.prefix(most) + ["… \(lines.count - most) more: see `\(command)`"]
}
