import FuzzKit
import Testing

@testable import Remote

/// Output of commands as lines of a job.
@Suite struct OutputLinesTests {
    private static func lines(_ text: String, in pieces: Int = 1) -> (lines: [String], percent: Int?) {
        var output = OutputLines()
        let bytes = Array(text.utf8)
        let size = max(1, bytes.count / pieces)
        for start in stride(from: 0, to: bytes.count, by: size) {
            output.add(bytes[start..<min(start + size, bytes.count)])
        }
        output.finish()
        return output.take()
    }

    @Test("lines end at a line feed; what ends at a carriage return is overwritten, and may say how far it is")
    func ends() {
        #expect(Self.lines("a\nb\r\n\n  \nc").lines == ["a", "c"])
        let (lines, percent) = Self.lines("start\n  1,024  3% 1MB/s\r 99,999  42% 9MB/s\rdone\n")
        #expect(lines == ["start", "done"] && percent == 42)
        for text in ["%\r", "x%\r", "101%\r", "99999999999999999999%\r", "100"] {
            #expect(Self.lines(text).percent == nil)
        }
    }

    @Test("what is not printable is told as such; a line and their number are bounded, and the newest stay")
    func bounds() {
        #expect(Self.lines("a\u{1B}[2Jb\n").lines == ["a?[2Jb"])
        #expect(Self.lines(String(repeating: "x", count: 100_000) + "\n").lines.map(\.count) == [1000])
        let many = Self.lines((0..<5000).map { "\($0)\n" }.joined()).lines
        #expect(many.count == 1000 && many.first == "4000" && many.last == "4999")
    }

    @Test("however it is cut into pieces, the lines are the same") func pieces() {
        var random = SplitMix64(seed: 7)
        for _ in 0..<300 {
            let text = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                ["a", "ü", "\n", "\r", " ", "7%", "\u{0}"][Int.random(in: 0...6, using: &random)]
            }.joined()
            let whole = Self.lines(text)
            let cut = Self.lines(text, in: Int.random(in: 1...max(1, text.utf8.count), using: &random))
            #expect(whole.lines == cut.lines && whole.percent == cut.percent)
        }
    }
}
