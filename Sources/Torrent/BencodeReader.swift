/// Parses bencode, strictly: one value and nothing behind it, keys sorted and none twice, numbers without leading
/// zeros. What is taken is written as the very bytes that it was read from. Depth, size and number of values are
/// bounded.
package struct BencodeReader {
    /// Where bytes stop being bencode, and why.
    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// 0-based, from the file's start.
        package let offset: Int
        /// A clause, such as "a leading zero".
        package let reason: String

        /// `byte 12: a leading zero`.
        package var description: String { "byte \(offset): \(reason)" }
    }

    /// The longest file: a torrent of a million pieces has 20 MiB.
    package static let sizeLimit = 32 << 20
    static let depthLimit = 16
    /// Each value costs memory, and an empty list is two bytes only.
    static let valueLimit = 1 << 16

    private let input: ArraySlice<UInt8>
    private var position: Int
    private var values = 0

    /// Values keep slices of these bytes, not copies.
    /// - Throws: `Failure` for the first thing that is wrong.
    package static func parse(_ bytes: [UInt8]) throws(Failure) -> Bencode {
        guard bytes.count <= sizeLimit else {
            throw Failure(offset: sizeLimit, reason: "longer than \(sizeLimit) bytes")
        }
        var reader = BencodeReader(bytes[...])
        let value = try reader.value(depth: 0)
        guard reader.position == bytes.endIndex else { throw reader.failure("something behind the end") }
        return value
    }

    private init(_ input: ArraySlice<UInt8>) {
        self.input = input
        position = input.startIndex
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(Failure) -> Bencode {
        guard depth < Self.depthLimit else { throw failure("more than \(Self.depthLimit) levels") }
        values += 1
        guard values <= Self.valueLimit else { throw failure("more than \(Self.valueLimit) values") }
        switch try peek() {
        case UInt8(ascii: "i"): return try .integer(integer())
        case UInt8(ascii: "l"): return try .list(list(depth: depth))
        case UInt8(ascii: "d"): return try .dictionary(dictionary(depth: depth))
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return try .bytes(string())
        default: throw failure("no value begins so")
        }
    }

    private mutating func list(depth: Int) throws(Failure) -> [Bencode] {
        position += 1
        var items: [Bencode] = []
        while try !end() { items.append(try value(depth: depth + 1)) }
        return items
    }

    private mutating func dictionary(depth: Int) throws(Failure) -> [Bencode.Entry] {
        position += 1
        var entries: [Bencode.Entry] = []
        while try !end() {
            let key = try string()
            if let last = entries.last, !last.key.lexicographicallyPrecedes(key) {
                throw failure("keys out of order, or one twice")
            }
            let start = position
            let value = try value(depth: depth + 1)
            entries.append(.init(key: key, value: value, source: input[start..<position]))
        }
        return entries
    }

    private mutating func integer() throws(Failure) -> Int64 {
        position += 1
        let isNegative = try peek() == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let magnitude = try digits()
        guard try end() else { throw failure("a number without its end") }
        guard !isNegative || magnitude > 0 else { throw failure("-0 is no number") }
        return isNegative ? -magnitude : magnitude
    }

    private mutating func string() throws(Failure) -> ArraySlice<UInt8> {
        let count = try digits()
        guard try peek() == UInt8(ascii: ":") else { throw failure("a length without ':'") }
        position += 1
        guard count <= input.endIndex - position else { throw failure("\(count) bytes are promised, and not there") }
        defer { position += Int(count) }
        return input[position..<position + Int(count)]
    }

    // MARK: Bytes

    private mutating func digits() throws(Failure) -> Int64 {
        let start = position
        var number: Int64 = 0
        while position < input.endIndex, case let digit = input[position] &- UInt8(ascii: "0"), digit < 10 {
            let (tens, tooLong) = number.multipliedReportingOverflow(by: 10)
            let (sum, tooGreat) = tens.addingReportingOverflow(Int64(digit))
            guard !tooLong, !tooGreat else { throw failure("a number beyond 64 bits") }
            number = sum
            position += 1
        }
        guard position > start else { throw failure("a number is missing") }
        guard input[start] != UInt8(ascii: "0") || position == start + 1 else {
            throw Failure(offset: start - input.startIndex, reason: "a leading zero")
        }
        return number
    }

    private func peek() throws(Failure) -> UInt8 {
        guard position < input.endIndex else { throw failure("cut off") }
        return input[position]
    }

    private mutating func end() throws(Failure) -> Bool {
        guard try peek() == UInt8(ascii: "e") else { return false }
        position += 1
        return true
    }

    private func failure(_ reason: String) -> Failure {
        Failure(offset: position - input.startIndex, reason: reason)
    }
}
