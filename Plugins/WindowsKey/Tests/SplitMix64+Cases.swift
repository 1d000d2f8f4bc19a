import FuzzKit

extension SplitMix64 {
    /// A generator of the test's own; the run's seed is printed once.
    static func seeded(_ name: String) -> SplitMix64 {
        SplitMix64(seed: Fuzz.seed ^ UInt64(name.utf8.reduce(0) { $0 &* 31 &+ UInt32($1) }))
    }

    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self)]
    }

    mutating func bytes(upTo count: Int) -> [UInt8] {
        (0..<Int.random(in: 0...count, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}
