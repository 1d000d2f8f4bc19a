/// The hardware address of a network card: six bytes.
package struct MACAddress: Sendable, Hashable, CustomStringConvertible {
    private let number: UInt64

    /// nil unless there are six.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        number = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Parses six pairs of hex digits in any case, with `:` or `-` between all of them (docs/linbo.md#devices).
    package init?(_ text: some StringProtocol) {
        self.init(parsing: Array(text.utf8)[...])
    }

    init?(parsing bytes: ArraySlice<UInt8>) {
        guard bytes.count == 17 else { return nil }
        let separator = bytes[bytes.startIndex + 2]
        guard separator == UInt8(ascii: ":") || separator == UInt8(ascii: "-") else { return nil }
        var result: UInt64 = 0
        for (offset, byte) in bytes.enumerated() {
            if offset % 3 == 2 {
                guard byte == separator else { return nil }
            } else {
                guard let digit = hexDigit(byte) else { return nil }
                result = result << 4 | UInt64(digit)
            }
        }
        number = result
    }

    /// Six, the manufacturer's three first.
    package var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: number >> (40 - 8 * $0)) } }

    /// What incomplete neighbour entries hold instead of an address.
    var isZero: Bool { number == 0 }

    /// Whether a network card can have it: neither zero nor a group address (IEEE 802: the lowest bit of the first
    /// byte).
    var canBeCard: Bool { number != 0 && number >> 40 & 1 == 0 }

    /// Lower case with colons.
    package var description: String {
        let text = String(number, radix: 16)
        let digits = Array(String(repeating: "0", count: 12 - text.count) + text)
        return stride(from: 0, to: 12, by: 2).map { String(digits[$0...($0 + 1)]) }.joined(separator: ":")
    }
}

/// The value of an ASCII hex digit.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
