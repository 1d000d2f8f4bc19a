import HookConfig
import LinboModel

/// Output as lines. What ends in a carriage return is overwritten on a screen, such as rsync's progress: it is no line,
/// and a percentage in it is how far the command is.
struct OutputLines {
    private(set) var lines: [String] = []
    private(set) var percent: Int?
    private var open: [UInt8] = []

    /// A line is cut here.
    private static let longest = 4096

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            switch byte {
            case 0x0A: end()
            case 0x0D:
                percent = Self.percent(in: open) ?? percent
                open.removeAll(keepingCapacity: true)
            default: if open.count < Self.longest { open.append(byte) }
            }
        }
    }

    /// What has no end of a line is one.
    mutating func finish() { if !open.isEmpty { end() } }

    /// Gives away what has come, and how far the command is, if that has come.
    mutating func take() -> (lines: [String], percent: Int?) {
        defer {
            lines.removeAll(keepingCapacity: true)
            percent = nil
        }
        return (lines, percent)
    }

    private mutating func end() {
        let text = String(decoding: open, as: UTF8.self)
        if text.contains(where: { !$0.isWhitespace }) { lines.append(printable(text, most: sentenceLimit)) }
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
