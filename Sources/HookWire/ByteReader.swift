/// Reads numbers and runs of bytes, and never past the end. Of one type and no generic: it runs some forty times a
/// transfer, and generics of another module are not specialised.
package struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    package var isAtEnd: Bool { position == bytes.endIndex }

    package mutating func byte() -> UInt8? {
        guard position < bytes.endIndex else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    package mutating func bigEndian32() -> UInt32? {
        guard let run = slice(4) else { return nil }
        var number: UInt32 = 0
        for byte in run { number = number << 8 | UInt32(byte) }
        return number
    }

    package mutating func bytes(_ count: Int) -> [UInt8]? {
        slice(count).map { Array($0) }
    }

    /// The same without a copy.
    package mutating func slice(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= bytes.endIndex - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// A run of bytes behind its length, which is 4 bytes.
    package mutating func field() -> ArraySlice<UInt8>? {
        guard let length = bigEndian32() else { return nil }
        return slice(Int(length))
    }
}

extension [UInt8] {
    package mutating func appendBigEndian(_ number: UInt32) {
        append(UInt8(truncatingIfNeeded: number >> 24))
        append(UInt8(truncatingIfNeeded: number >> 16))
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }
}
