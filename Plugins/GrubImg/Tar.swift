/// A tar archive (POSIX ustar) that depends on nothing but names and bytes: no times, no owners.
enum Tar {
    struct Entry: Sendable {
        /// At most 100 bytes, relative.
        let name: String
        let bytes: [UInt8]
    }

    private static let block = 512

    static func archive(_ entries: [Entry]) -> [UInt8] {
        var archive: [UInt8] = []
        for entry in entries {
            archive += header(entry.name, size: entry.bytes.count) + entry.bytes
            archive += [UInt8](repeating: 0, count: (block - entry.bytes.count % block) % block)
        }
        return archive + [UInt8](repeating: 0, count: 2 * block)
    }

    private static func header(_ name: String, size: Int) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: block)
        func put(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
        }
        put(String(name.prefix(100)), at: 0)
        put("0000644", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(octal(size), at: 124)
        put(octal(0), at: 136)
        put("        0", at: 148)
        put("ustar\u{0}00", at: 257)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(String(octal(sum).suffix(6)) + "\u{0} ", at: 148)
        return header
    }

    /// Eleven digits.
    private static func octal(_ number: Int) -> String {
        let digits = String(number, radix: 8)
        return String(repeating: "0", count: max(0, 11 - digits.count)) + digits
    }
}
