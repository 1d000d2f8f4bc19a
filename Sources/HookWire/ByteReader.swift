/// Reads numbers and runs of bytes, and never past the end. Of one type and no generic: it runs some forty times a
/// transfer, and generics of another module are not specialised.
package struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// Begins with the first of them; indices of the slice do not matter.
    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Whether all were read.
    package var isAtEnd: Bool { position == bytes.endIndex }

    /// The next one; nil at the end.
    package mutating func byte() -> UInt8? {
        guard position < bytes.endIndex else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next four as a number; nil, and nothing is read, if fewer are left.
    package mutating func bigEndian32() -> UInt32? {
        guard let run = slice(4) else { return nil }
        var number: UInt32 = 0
        for byte in run { number = number << 8 | UInt32(byte) }
        return number
    }

    /// A copy of the next `count`; nil, and nothing is read, if fewer are left.
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
    /// Four bytes, as `ByteReader.bigEndian32` reads them.
    package mutating func appendBigEndian(_ number: UInt32) {
        append(UInt8(truncatingIfNeeded: number >> 24))
        append(UInt8(truncatingIfNeeded: number >> 16))
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }
}
