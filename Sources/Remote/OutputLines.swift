import DequeModule
import LinboModel

/// Output as lines. What ends in a carriage return is overwritten on a screen, such as rsync's progress: it is no line,
/// and a percentage in it is how far the command is.
struct OutputLines {
    private var lines: Deque<[UInt8]> = []
    private var percent: Int?
    private var open: [UInt8] = []

    /// A line is cut here.
    private static let longest = 4096
    /// So many lines wait to be taken; of more the newest.
    private static let most = 1000

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
            take(rest[..<end])
            if rest[end] == 0x0A { close() } else { overwrite() }
            rest = rest[(end + 1)...]
        }
        take(rest)
    }

    /// What has no end of a line is one.
    mutating func finish() { if !open.isEmpty { close() } }

    /// Gives away what has come, and how far the command is, if that has come.
    mutating func take() -> (lines: [String], percent: Int?) {
        defer {
            lines.removeAll(keepingCapacity: true)
            percent = nil
        }
        return (lines.map { printable(String(decoding: $0, as: UTF8.self), most: sentenceLimit) }, percent)
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        open.append(contentsOf: bytes.prefix(Self.longest - open.count))
    }

    private mutating func close() {
        if open.contains(where: { $0 > 0x20 }) {
            if lines.count == Self.most { lines.removeFirst() }
            lines.append(open)
        }
        open.removeAll(keepingCapacity: true)
    }

    private mutating func overwrite() {
        percent = Self.percent(in: open) ?? percent
        open.removeAll(keepingCapacity: true)
    }

    /// The last number before a `%`.
    private static func percent(in bytes: [UInt8]) -> Int? {
        guard let sign = bytes.lastIndex(of: UInt8(ascii: "%")) else { return nil }
        let digits = bytes[..<sign].reversed().prefix { (0x30...0x39).contains($0) }.reversed()
        guard digits.count <= 3, let number = Int(String(decoding: digits, as: UTF8.self)), number <= 100 else {
            return nil
        }
        return number
    }
}
