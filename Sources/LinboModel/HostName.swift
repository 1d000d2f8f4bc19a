/// The name of a host: 1 to 63 of `A-Z a-z 0-9 -`, no `-` first or last (docs/linbo.md#devices). Names that differ in
/// ASCII case only are equal, as in DNS; the spelling is kept.
package struct HostName: Sendable, Hashable, Comparable, CustomStringConvertible {
    private let spelling: String
    /// In lower case: what file names of LINBO's client hold (docs/linbo.md#names-and-places).
    package let lowercased: String

    /// - Returns: nil for what breaks the rule above; nothing is trimmed or replaced.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(bytes.count), bytes.first != hyphen, bytes.last != hyphen else { return nil }
        for byte in bytes where !isASCIILetterOrDigit(byte) && byte != hyphen { return nil }
        spelling = String(text)
        lowercased = spelling.lowercased()
    }

    /// As it was spelled, in whatever case.
    package var description: String { spelling }

    /// ASCII case does not matter.
    package static func == (left: HostName, right: HostName) -> Bool { left.lowercased == right.lowercased }

    /// By the lower-case spelling.
    package static func < (left: HostName, right: HostName) -> Bool { left.lowercased < right.lowercased }

    /// Of the lower-case spelling, as equality is.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(lowercased)
    }
}

func isASCIILetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: false
    }
}
