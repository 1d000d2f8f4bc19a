/// A Windows or Office product key: five groups of five of Microsoft's 24 characters. Keys since Windows 8 also hold
/// one `N`. A secret: only `text` shows it.
package struct ProductKey: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// The key itself, in upper case.
    package let text: String

    private static let alphabet = Set("BCDFGHJKMPQRTVWXY2346789N".utf8)

    /// Takes any case, no other spelling.
    /// - Throws: what is wrong, without a character of the key.
    package init(_ text: some StringProtocol) throws(ProductKeyError) {
        let bytes = Array(text.uppercased().utf8)
        guard bytes.count == 29, Self.hasGroups(bytes[...]) else { throw .shape }
        for (offset, byte) in bytes.enumerated() where offset % 6 != 5 && !Self.alphabet.contains(byte) {
            throw .character(position: offset + 1)
        }
        guard bytes.count(where: { $0 == UInt8(ascii: "N") }) <= 1 else { throw .severalN }
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    /// Groups of five letters or digits with `-` between.
    private static func hasGroups(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.enumerated().allSatisfy { offset, byte in
            offset % 6 == 5 ? byte == UInt8(ascii: "-") : isASCIILetterOrDigit(byte)
        }
    }

    /// Whether three groups of a key stand in it: what must not be shown, even if it is no right key.
    static func mayStand(in bytes: ArraySlice<UInt8>) -> Bool {
        let length = 17
        guard bytes.count >= length else { return false }
        return (bytes.startIndex...(bytes.endIndex - length)).contains { hasGroups(bytes[$0..<($0 + length)]) }
    }

    /// Stars: a key is never in a log.
    package var description: String { "*****-*****-*****-*****-*****" }

    /// The same stars.
    package var debugDescription: String { description }

    /// `dump` and reflection see no key either.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Why a text is no product key. Holds nothing of the text.
package enum ProductKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It is not five groups of five letters or digits with `-` between.
    case shape
    /// 1-based, dashes counted.
    case character(position: Int)
    /// There are more than one, and a key has one at most.
    case severalN

    /// A clause for a sentence on the column that it came from.
    package var description: String {
        switch self {
        case .shape: "a product key is five groups of five characters with '-' between"
        case .character(let position): "character \(position) of the product key is in no product key"
        case .severalN: "a product key holds at most one N"
        }
    }
}
