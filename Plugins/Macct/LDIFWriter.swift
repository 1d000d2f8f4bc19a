/// Writes LDIF (RFC 2849).
struct LDIFWriter {
    private(set) var bytes: [UInt8] = []

    /// `name: value`; as Base64 if the value is no SAFE-STRING, so that no value can become a line of its own.
    mutating func line(_ name: String, _ value: String) {
        guard Self.isSafe(value) else { return line(name, secret: Array(value.utf8)) }
        bytes += Array("\(name): \(value)\n".utf8)
    }

    /// `name:: base64`, on one line: upstream's tools look for whole lines.
    mutating func line(_ name: String, secret: some Sequence<UInt8>) {
        bytes += Array("\(name):: ".utf8)
        Base64.append(secret, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func raw(_ text: String) {
        bytes += Array("\(text)\n".utf8)
    }

    /// Hands the bytes over: the only copy, so that it can be wiped.
    mutating func takeBytes() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// SAFE-STRING: ASCII without NUL, LF and CR; not a blank, `:` or `<` first; and no blank last, which gets lost.
    private static func isSafe(_ value: String) -> Bool {
        let forbidden: Set<UInt8> = [0, 0x0A, 0x0D]
        guard value.utf8.allSatisfy({ $0 < 0x80 && !forbidden.contains($0) }) else { return false }
        let first: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: ":"), UInt8(ascii: "<")]
        return value.utf8.first.map { !first.contains($0) } ?? true && value.utf8.last != UInt8(ascii: " ")
    }
}
