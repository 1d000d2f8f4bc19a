/// The fields of a query (`a=b&c=%64`), one after the other.
struct QueryFields: Sequence, IteratorProtocol {
    struct Field {
        /// As it stands: no client has reason to encode letters.
        let name: String
        /// Still encoded.
        let value: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    /// - Parameter query: what follows the `?`.
    init(_ query: ArraySlice<UInt8>) {
        rest = query
    }

    mutating func next() -> Field? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: "&")) ?? rest.endIndex
            let field = rest[rest.startIndex..<end]
            rest = rest[end...].dropFirst()
            guard !field.isEmpty else { continue }
            let sign = field.firstIndex(of: UInt8(ascii: "=")) ?? field.endIndex
            return Field(
                name: String(decoding: field[field.startIndex..<sign], as: UTF8.self), value: field[sign...].dropFirst()
            )
        }
        return nil
    }
}

/// Percent encoding, with a plus sign for a blank (URL Standard, application/x-www-form-urlencoded).
enum PercentEncoding {
    /// - Parameter limit: of decoded bytes.
    /// - Returns: nil if a percent sign is not followed by two hex digits, or the bytes are more than `limit`.
    static func decode(_ text: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(text.count, limit))
        var index = text.startIndex
        while index < text.endIndex {
            guard bytes.count < limit else { return nil }
            switch text[index] {
            case UInt8(ascii: "%"):
                guard text.endIndex - index > 2, let high = digit(text[index + 1]), let low = digit(text[index + 2])
                else { return nil }
                bytes.append(high << 4 | low)
                index += 3
            case UInt8(ascii: "+"):
                bytes.append(UInt8(ascii: " "))
                index += 1
            case let byte:
                bytes.append(byte)
                index += 1
            }
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
