import LinboModel
import Testing

@testable import Seeding

/// Limits, by a clock of the test's own.
@Suite struct SeedRateTests {
    private static let second: UInt64 = 1_000_000_000

    @Test("a rate holds over a minute, whatever the size of what is taken, and pauses are not saved up")
    func bucket() {
        for size in [1, 16 << 10, 128 << 10] {
            var bucket = TokenBucket(rate: 100_000, now: 5)
            var taken = 0
            for now in stride(from: 5, to: 60 * Self.second, by: 1_000_000) where bucket.isOpen(at: now) {
                while bucket.isOpen(at: now) {
                    bucket.take(size)
                    taken += size
                }
            }
            #expect((5_900_000...6_200_000).contains(taken), "\(taken) of \(size) each")
            let isOpen = bucket.isOpen(at: 0)
            #expect(!isOpen)
        }
        var bucket = TokenBucket(rate: 1000, now: 0)
        var taken = 0
        while bucket.isOpen(at: 3600 * Self.second) {
            bucket.take(1)
            taken += 1
        }
        #expect(taken == 100)
    }

    @Test("a group's limit holds for its addresses, and that of all for everybody")
    func groups() throws {
        func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
        let room = AddressRange(try address("10.0.9.255"), try address("10.1.0.1"))
        let rooms = SeedLimits.Group([room, AddressRange(try address("fe80::1"), try address("fe80::2"))], rate: 10)
        var rates = SeedRates(SeedLimits(total: 1000, groups: [rooms]), now: 0)
        for (text, isIn) in [
            ("10.0.9.255", true), ("10.1.0.1", true), ("10.0.10.0", true), ("10.0.9.254", false), ("10.1.0.2", false),
            ("fe80::2", true), ("fe80::3", false), ("::ffff:10.1.0.0", true),
        ] {
            #expect((rates.group(of: try address(text)) == 0) == isIn, "\(text)")
        }
        rates.take(500, for: 0)
        func isOpen(_ group: Int?, _ now: UInt64) -> Bool { rates.isOpen(to: group, at: now) }
        #expect(!isOpen(0, 1) && !isOpen(nil, 1))
        #expect(!isOpen(0, Self.second) && isOpen(nil, Self.second))
        #expect(isOpen(0, 60 * Self.second))
        var none = SeedRates(SeedLimits(), now: 0)
        none.take(.max, for: nil)
        let isFree = none.isOpen(to: nil, at: 0)
        #expect(isFree)
        #expect(!AddressRange(try address("10.0.0.2"), try address("10.0.0.1")).contains(try address("10.0.0.1")))
        #expect(!AddressRange(try address("10.0.0.1"), try address("fe80::1")).contains(try address("10.0.0.1")))
    }
}
