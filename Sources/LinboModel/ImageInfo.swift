/// An image's `.info` (docs/linbo.md#images): data only. Clients and upstream's server hand these values to a shell
/// (defect 10, docs/linbo.md#defects-of-the-old-hooks), so a file with anything that acts there is refused as a whole.
package struct ImageInfo: Sendable, Hashable {
    /// From the first line.
    package let name: String
    /// `YYYYMMDDhhmm`
    package let timestamp: String
    /// `image=`: the image's file name, such as `win11.qcow2`.
    package let image: String
    /// In bytes.
    package let imageSize: UInt64
    /// Such as `/dev/sda1`.
    package let partition: String?
    /// In KiB.
    package let partitionSize: UInt64?
    /// Of a qdiff: the timestamp of the image below it.
    package let backingFileTimestamp: String?

    /// - Parameter file: the name that errors carry.
    /// - Throws: the first thing that is wrong.
    package init(parsing bytes: [UInt8], file: String) throws(Problem) {
        var reader = try ImageInfoReader(bytes, file: file)
        name = try reader.header()
        timestamp = try reader.required("timestamp", "12 digits YYYYMMDDhhmm", Self.timestamp)
        image = try reader.required("image", "an image's name", Self.fileName)
        imageSize = try reader.required("imagesize", "a number of bytes") { number($0) }
        partition = try reader.optional("partition", "a device such as /dev/sda1") { $0.hasPrefix("/dev/") ? $0 : nil }
        partitionSize = try reader.optional("partitionsize", "a number of KiB") { number($0) }
        backingFileTimestamp = try reader.optional("backingfile_timestamp", "12 digits YYYYMMDDhhmm", Self.timestamp)
    }

    private static func timestamp(_ text: String) -> String? {
        guard text.utf8.count == 12, number(text) != nil else { return nil }
        let pairs = text.utf8.map { Int($0) - 0x30 }
        func pair(_ offset: Int) -> Int { pairs[offset] * 10 + pairs[offset + 1] }
        let isDate = (1...12).contains(pair(4)) && (1...31).contains(pair(6))
        return isDate && pair(8) < 24 && pair(10) < 60 ? text : nil
    }

    /// One name, fit for a path and a shell.
    static func fileName(_ text: String) -> String? {
        let isSafe = text.utf8.allSatisfy { isASCIILetterOrDigit($0) || "._-+".utf8.contains($0) }
        return isSafe && (1...255).contains(text.utf8.count) && !text.hasPrefix(".") && !text.hasPrefix("-")
            ? text : nil
    }
}

/// Decimal digits only; nil for more than 64 bits hold.
func number(_ text: some StringProtocol) -> UInt64? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
}

/// `["<img>" Info File]` or `[<img> Info File]`, then lines `key="value"`.
private struct ImageInfoReader {
    private static let sizeLimit = 65_536

    private let file: String
    private let firstLine: ByteLine?
    private var entries: [String: (value: String, line: Int)] = [:]

    init(_ bytes: [UInt8], file: String) throws(Problem) {
        self.file = file
        guard bytes.count <= Self.sizeLimit else {
            firstLine = nil
            throw problem(1, "too large for an .info", "write it anew")
        }
        let all = lines(of: bytes).filter { !trimmed($0.bytes).isEmpty }
        firstLine = all.first
        for line in all.dropFirst() { try read(line) }
    }

    func header() throws(Problem) -> String {
        let line = firstLine.map { text(of: trimmed($0.bytes)) } ?? ""
        let (start, end) = ("[", " Info File]")
        if line.hasPrefix(start), line.hasSuffix(end), line.utf8.count > start.utf8.count + end.utf8.count {
            let name = line.dropFirst(start.count).dropLast(end.count)
            if let name = ImageInfo.fileName(unquoted(String(name))) { return name }
        }
        throw problem(firstLine?.number ?? 1, "no [\"<image>\" Info File] in the first line", "write the .info anew")
    }

    private mutating func read(_ line: ByteLine) throws(Problem) {
        let parts = split(trimmed(line.bytes), at: UInt8(ascii: "="))
        let key = text(of: parts[0])
        guard parts.count > 1, let start = parts.dropFirst().first?.startIndex else {
            throw problem(line.number, "no '=' in this line", "write key=\"value\"")
        }
        let value = unquoted(text(of: trimmed(line.bytes[start...])))
        guard !value.unicodeScalars.contains(where: { "\"'$`\\;&|<>".unicodeScalars.contains($0) }),
            !hasControlCharacter(value)
        else {
            throw problem(line.number, "\(quoted(key)) holds what acts in a shell", "write the .info anew")
        }
        if let earlier = entries.updateValue((value, line.number), forKey: key.lowercased()) {
            throw problem(line.number, "\(quoted(key)) stands in line \(earlier.line) already", "keep one of them")
        }
    }

    private func unquoted(_ text: String) -> String {
        text.utf8.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
            ? String(text.dropFirst().dropLast()) : text
    }

    mutating func required<Value>(
        _ key: String, _ form: String, _ parse: (String) -> Value?
    ) throws(Problem) -> Value {
        if let value = try optional(key, form, parse) { return value }
        throw problem(firstLine?.number ?? 1, "no \(key)", "write the .info anew")
    }

    mutating func optional<Value>(
        _ key: String, _ form: String, _ parse: (String) -> Value?
    ) throws(Problem) -> Value? {
        guard let (text, line) = entries[key], !text.isEmpty else { return nil }
        if let value = parse(text) { return value }
        throw problem(line, "\(quoted(text)) is no \(key)", "write \(form)")
    }

    private func problem(_ line: Int, _ what: String, _ fix: String) -> Problem {
        Problem(location: SourceLocation(file: file, line: line), what: what, fix: fix)
    }
}
