/// A value of a torrent file (BEP 3).
package indirect enum Bencode: Sendable, Hashable {
    /// `i42e`; what 64 bits don't hold is refused.
    case integer(Int64)
    /// Any bytes; a torrent's names and addresses are UTF-8.
    case bytes(ArraySlice<UInt8>)
    /// In its order.
    case list([Bencode])
    /// In the order of the keys' bytes.
    case dictionary([Entry])

    /// A key, its value, and the value's bytes as they stood in the file (empty for one that was made here).
    package struct Entry: Sendable, Hashable {
        /// The bytes of a key, mostly ASCII such as `piece length`.
        package let key: ArraySlice<UInt8>
        /// What the key leads to.
        package let value: Bencode
        /// A slice of the file: by it an info dictionary is hashed and written again as it came.
        package let source: ArraySlice<UInt8>

        /// - Parameter source: left out for what is made here.
        package init(key: ArraySlice<UInt8>, value: Bencode, source: ArraySlice<UInt8> = []) {
            self.key = key
            self.value = value
            self.source = source
        }

        /// What it means, wherever it stood.
        package static func == (left: Entry, right: Entry) -> Bool {
            left.key == right.key && left.value == right.value
        }

        /// Of what it means, as equality is.
        package func hash(into hasher: inout Hasher) {
            hasher.combine(key)
            hasher.combine(value)
        }
    }

    /// Text as UTF-8.
    package static func text(_ text: String) -> Bencode { .bytes(Array(text.utf8)[...]) }

    /// Sorts the keys.
    package static func dictionary(_ pairs: [String: Bencode]) -> Bencode {
        let entries = pairs.map { Entry(key: Array($0.key.utf8)[...], value: $0.value) }
        return .dictionary(entries.sorted { $0.key.lexicographicallyPrecedes($1.key) })
    }

    // MARK: Looking into it

    /// nil for what is no dictionary, or has no such key.
    package func entry(_ key: String) -> Entry? {
        guard case .dictionary(let entries) = self else { return nil }
        return entries.first { $0.key.elementsEqual(key.utf8) }
    }

    /// The value alone; nil for what is no dictionary, or has no such key.
    package subscript(key: String) -> Bencode? { entry(key)?.value }

    /// nil for any other kind of value.
    package var integer: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// nil for any other kind of value.
    package var bytes: ArraySlice<UInt8>? {
        guard case .bytes(let bytes) = self else { return nil }
        return bytes
    }

    /// nil for bytes that are no UTF-8, too.
    package var text: String? { bytes.flatMap { String(validating: $0, as: UTF8.self) } }

    // MARK: Writing

    /// The whole value, in bytes that `BencodeReader` reads back.
    package func encoded() -> [UInt8] {
        var output: [UInt8] = []
        write(to: &output)
        return output
    }

    /// Appends what `encoded` returns.
    package func write(to output: inout [UInt8]) {
        switch self {
        case .integer(let number): output += "i\(number)e".utf8
        case .bytes(let bytes): Self.write(bytes, to: &output)
        case .list(let values):
            output.append(UInt8(ascii: "l"))
            for value in values { value.write(to: &output) }
            output.append(UInt8(ascii: "e"))
        case .dictionary(let entries):
            output.append(UInt8(ascii: "d"))
            for entry in entries {
                Self.write(entry.key, to: &output)
                entry.value.write(to: &output)
            }
            output.append(UInt8(ascii: "e"))
        }
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to output: inout [UInt8]) {
        output += "\(bytes.count):".utf8
        output += bytes
    }
}
