/// Valid samples in which one number is another one: those at which arithmetic fails. Random bytes hardly ever make
/// them, and each of them once ended a daemon somewhere.
package struct Hostile {
    /// What numbers are put in, as 64 bits; narrower fields get their low end.
    private let numbers: [UInt64]

    /// - Parameter sizes: what the format itself counts by, such as the sample's length or a cluster's: tried with the
    ///   numbers beside them.
    package init(around sizes: [UInt64] = []) {
        let edges: [UInt64] = [
            0, 8, 16, 32, 64, 128, 255, 512, 1023, 4096, 65_535, 1 << 20, 1 << 31, 1 << 32, 1 << 53, 1 << 62, 1 << 63,
            .max,
        ]
        numbers = Set((edges + sizes).flatMap { [$0 &- 1, $0, $0 &+ 1] }).sorted()
    }

    /// - Parameter body: gets the sample with each field of 1, 2, 4 and 8 bytes, at each offset and in both byte
    ///   orders, replaced by each number.
    package func bytes(_ sample: [UInt8], _ body: ([UInt8]) throws -> Void) rethrows {
        for width in [1, 2, 4, 8] where width <= sample.count {
            // Numbers of these formats begin at a multiple of their width, or of four.
            for offset in stride(from: 0, through: sample.count - width, by: min(width, 4)) {
                for number in Set(numbers.map { $0 & (.max >> UInt64(64 - 8 * width)) }) {
                    let little = (0..<width).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
                    for field in width == 1 ? [little] : [little, little.reversed()] {
                        var bytes = sample
                        bytes.replaceSubrange(offset..<offset + width, with: field)
                        try body(bytes)
                    }
                }
            }
        }
    }

    /// - Parameter body: gets the sample with each run of decimal digits replaced by each number: as it is, negative,
    ///   of more digits than any integer has, and by what is none.
    package func text(_ sample: String, _ body: (String) throws -> Void) rethrows {
        let odd = [
            "", "-", "+1", "-0", "00", "1e308", "-1e308", "0x7fffffff", "nan", "inf", "1.5", "٣",
            String(repeating: "9", count: 40),
            "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551616",
        ]
        let words = numbers.flatMap { ["\($0)", "-\($0)"] } + odd
        let bytes = Array(sample.utf8)
        for run in Self.runs(of: bytes) {
            let (head, tail) = (bytes[..<run.lowerBound], bytes[run.upperBound...])
            for word in words { try body(String(decoding: head + Array(word.utf8) + tail, as: UTF8.self)) }
        }
    }

    private static func runs(of bytes: [UInt8]) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start: Int?
        for (index, byte) in (bytes + [0]).enumerated() {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if isDigit, start == nil { start = index }
            if !isDigit, let first = start {
                runs.append(first..<index)
                start = nil
            }
        }
        return runs
    }
}
