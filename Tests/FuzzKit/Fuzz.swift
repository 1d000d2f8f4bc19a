import Glibc

/// A small seeded generator: the same seed makes the same cases.
package struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Makes inputs for a parser: noise, and valid samples with a few bytes changed.
package struct Fuzz {
    /// From `LINBO_FUZZ_SEED`, else random; printed once, so that a failure can be run again.
    package static let seed: UInt64 = {
        let wished = getenv("LINBO_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = wished ?? UInt64.random(in: 0...(.max))
        print("LINBO_FUZZ_SEED=\(seed)")
        return seed
    }()

    private var generator: SplitMix64
    private let samples: [[UInt8]]
    /// Bytes that mean something to the parser.
    private let spice: [UInt8]

    /// - Parameter name: gives each parser cases of its own.
    package init(_ name: String, samples: [[UInt8]], spice: String) {
        let own = name.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        generator = SplitMix64(seed: Self.seed ^ own)
        self.samples = samples
        self.spice = Array(spice.utf8) + [0, 0x0A, 0x0D, 0x20, 0x7F, 0x9B, 0xC3, 0xE9, 0xFF]
    }

    package init(_ name: String, texts: [String], spice: String) {
        self.init(name, samples: texts.map { Array($0.utf8) }, spice: spice)
    }

    /// One case in eight is noise, the others are mutants.
    package mutating func next() -> [UInt8] {
        guard let sample = samples.randomElement(using: &generator), Int.random(in: 0..<8, using: &generator) > 0 else {
            return (0..<Int.random(in: 0..<64, using: &generator)).map { _ in byte() }
        }
        var bytes = sample
        for _ in 0..<Int.random(in: 0...4, using: &generator) { mutate(&bytes) }
        return bytes
    }

    package mutating func nextText() -> String { String(decoding: next(), as: UTF8.self) }

    private mutating func byte() -> UInt8 {
        if Bool.random(using: &generator), let byte = spice.randomElement(using: &generator) { return byte }
        return UInt8.random(in: 0...255, using: &generator)
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes.insert(byte(), at: place)
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2 where place < bytes.count: bytes[place] = byte()
        case 3: bytes = Array(bytes.prefix(place))
        case 4:
            let end = min(bytes.count, place + Int.random(in: 0..<40, using: &generator))
            bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
        default:
            let other = samples.randomElement(using: &generator) ?? []
            bytes.insert(contentsOf: other.prefix(Int.random(in: 0...other.count, using: &generator)), at: place)
        }
    }
}
