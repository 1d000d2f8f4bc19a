import LinboModel
import Testing

@testable import Supervision

/// What is kept of what a service writes, which can be anything.
@Suite struct LogRingTests {
    private func texts(_ pieces: [[UInt8]]) -> [String] {
        var ring = LogRing()
        for piece in pieces { ring.add(piece, at: 1) }
        ring.end(at: 2)
        return ring.lines.map(\.text)
    }

    @Test("lines are the same wherever the pipe cuts them, in the middle of a letter, too")
    func pieces() {
        let bytes =
            Array("eins\n\nzwei Ä€😀\r\n\u{1B}[31mrot\n".utf8) + [0xC3, 0x0A, 0xFF, 0x00, 0x0A] + Array("ende".utf8)
        let whole = ["eins", "zwei Ä€😀", "?[31mrot", "\u{FFFD}", "\u{FFFD}?", "ende"]
        #expect(texts([bytes]) == whole)
        for width in 1...7 {
            let pieces = stride(from: 0, to: bytes.count, by: width).map {
                Array(bytes[$0..<min($0 + width, bytes.count)])
            }
            #expect(texts(pieces) == whole, "\(width)")
        }
    }

    @Test("a line without an end is cut and does not grow; the one behind it is whole")
    func endless() {
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 100_000)
        let lines = texts([piece, piece, Array("\nnext\n".utf8)])
        #expect(lines.count == 2 && lines.last == "next")
        #expect(lines.first?.count == 1000 && lines.first?.hasSuffix("x…") == true)
    }

    @Test("the last lines are kept, with the time of their ends, and what was begun is shown when it ends")
    func last() {
        var ring = LogRing()
        for number in 0..<2700 { ring.add(Array("\(number)\n".utf8), at: Int64(number)) }
        #expect(ring.lines.map(\.text) == (700..<2700).map { "\($0)" } && ring.lines.first?.at == 700)
        ring.add(Array("half".utf8), at: 5000)
        #expect(ring.lines.last?.text == "2699")
        ring.end(at: 6000)
        ring.end(at: 7000)
        #expect(ring.lines.last == ServiceLine(at: 6000, text: "half") && ring.lines.count == 2000)
    }

    @Test("a line of progress is written over by the next, wherever the pipe cuts")
    func progress() {
        let bytes = Array("begin\n 1 %\r 2 %\r\nend\n 3 %\rover\n\r\r 4 %\r".utf8)
        for width in 1...bytes.count {
            let pieces = stride(from: 0, to: bytes.count, by: width).map {
                Array(bytes[$0..<min($0 + width, bytes.count)])
            }
            #expect(texts(pieces) == ["begin", " 2 %", "end", "over", " 4 %"], "\(width)")
        }
    }
}
