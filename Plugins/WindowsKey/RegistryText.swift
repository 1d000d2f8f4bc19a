/// A registry file as code units: UTF-16LE behind its byte order mark, or 8-bit, one unit a byte. Nothing is decoded,
/// so what is not changed goes out byte for byte, lone surrogates and NULs too.
struct RegistryText: Equatable {
    enum Encoding: Equatable {
        case utf16, utf8, latin1
    }

    /// A stretch of units and what takes its place.
    struct Edit {
        let range: Range<Int>
        let units: [UInt16]
    }

    struct Line {
        /// 1-based.
        let number: Int
        /// Without CR and LF.
        let range: Range<Int>
        /// Where the line behind it begins.
        let next: Int
    }

    let encoding: Encoding
    private(set) var units: [UInt16]
    /// The byte order mark.
    private let head: [UInt8]
    /// The odd last byte of a UTF-16 file.
    private let tail: [UInt8]

    init(_ bytes: [UInt8]) {
        guard bytes.starts(with: [0xFF, 0xFE]) else {
            head = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? [0xEF, 0xBB, 0xBF] : []
            units = bytes[head.count...].map(UInt16.init)
            encoding = Self.isUTF8(bytes) ? .utf8 : .latin1
            tail = []
            return
        }
        let end = bytes.count & ~1
        head = [0xFF, 0xFE]
        units = stride(from: 2, to: end, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
        encoding = .utf16
        tail = Array(bytes[end...])
    }

    var bytes: [UInt8] {
        var bytes = head
        guard encoding == .utf16 else { return bytes + units.map { UInt8(truncatingIfNeeded: $0) } }
        bytes.reserveCapacity(2 * units.count + 3)
        for unit in units {
            bytes.append(UInt8(truncatingIfNeeded: unit))
            bytes.append(UInt8(truncatingIfNeeded: unit >> 8))
        }
        return bytes + tail
    }

    /// Valid UTF-8 with something beyond ASCII in it; a file of ASCII says nothing, and old tools mean Latin-1.
    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        bytes.contains { $0 >= 0x80 } && String(validating: bytes, as: UTF8.self) != nil
    }
}

extension RegistryText {
    /// A text in the file's encoding; nil if that lacks a character of it.
    func encode(_ text: String) -> [UInt16]? {
        switch encoding {
        case .utf16: return Array(text.utf16)
        case .utf8: return text.utf8.map(UInt16.init)
        case .latin1:
            let scalars = text.unicodeScalars
            return scalars.allSatisfy { $0.value <= 0xFF } ? scalars.map { UInt16($0.value) } : nil
        }
    }

    /// - Parameter edits: in order, not overlapping.
    mutating func apply(_ edits: [Edit]) {
        guard !edits.isEmpty else { return }
        var result: [UInt16] = []
        var position = 0
        for edit in edits {
            result += units[position..<edit.range.lowerBound]
            result += edit.units
            position = edit.range.upperBound
        }
        units = result + units[position...]
    }

    mutating func append(_ more: [UInt16]) { units += more }

    /// The lines, a last one without an end too. They are found one by one: a list of them may be larger than the file.
    var lines: DropFirstSequence<UnfoldFirstSequence<Line>> {
        sequence(first: Line(number: 0, range: 0..<0, next: 0)) { line(behind: $0) }.dropFirst()
    }

    func line(behind last: Line) -> Line? {
        let start = last.next
        guard start < units.count else { return nil }
        let feed = units[start...].firstIndex(of: Unit.lineFeed) ?? units.count
        let hasReturn = feed < units.count && feed > start && units[feed - 1] == Unit.carriageReturn
        return Line(number: last.number + 1, range: start..<(hasReturn ? feed - 1 : feed), next: feed + 1)
    }

    /// The units of a range as text, for comparisons with ASCII words.
    func text(_ range: Range<Int>) -> String { String(decoding: units[range], as: UTF16.self) }

    /// `range` without blanks and tabs at both ends.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, Unit.isBlank(units[start]) { start += 1 }
        while start < end, Unit.isBlank(units[end - 1]) { end -= 1 }
        return start..<end
    }
}

/// The characters that the syntax of a registry file is made of.
enum Unit {
    static let lineFeed = UInt16(0x0A)
    static let carriageReturn = UInt16(0x0D)
    static let quote = UInt16(0x22)
    static let comma = UInt16(0x2C)
    static let minus = UInt16(0x2D)
    static let semicolon = UInt16(0x3B)
    static let equals = UInt16(0x3D)
    static let at = UInt16(0x40)
    static let bracket = UInt16(0x5B)
    static let backslash = UInt16(0x5C)

    static func isBlank(_ unit: UInt16) -> Bool { unit == 0x20 || unit == 0x09 }

    static func isHexDigit(_ unit: UInt16) -> Bool {
        (0x30...0x39).contains(unit) || (0x41...0x46).contains(unit) || (0x61...0x66).contains(unit)
    }

    static func isWord(_ unit: UInt16) -> Bool {
        (0x30...0x39).contains(unit) || (0x41...0x5A).contains(unit) || (0x61...0x7A).contains(unit) || unit == 0x5F
    }
}
