import LinboModel
import Testing

@testable import HookStore

@Suite("What clients may have written")
struct FairLimiterTests {
    private enum Kind: Hashable { case one, other }

    private static let second: Int64 = 1_000_000_000
    private static let start: Int64 = 1_000 * second

    /// Strangers: 5 each, 20 in all; known: 5 each, of these 2 whatever others do, 20 in all beyond.
    private static func limiter() -> FairLimiter<Kind, Int> {
        FairLimiter { party in
            .init(
                own: Pace(burst: 5, perSecond: 1), reserve: party.isKnown ? Pace(burst: 2, perSecond: 0.5) : nil,
                shared: Pace(burst: 20, perSecond: 4))
        }
    }

    private static func count(
        _ tries: Int, of client: String, isKnown: Bool = false, _ kind: Kind = .one, at now: Int64 = start,
        in limiter: inout FairLimiter<Kind, Int>
    ) -> Int {
        (0..<tries).count { limiter.admits(kind, of: client, isKnown: isKnown, at: now, sample: $0) }
    }

    @Test func aBurstAndThenThePace() {
        var limiter = Self.limiter()
        #expect(Self.count(100, of: "a", in: &limiter) == 5)
        #expect(Self.count(100, of: "a", at: Self.start + 3 * Self.second, in: &limiter) == 3)
        #expect(Self.count(100, of: "a", at: Self.start + 1000 * Self.second, in: &limiter) == 5)
    }

    @Test func kindsAreCountedApart() {
        var limiter = Self.limiter()
        #expect(Self.count(100, of: "a", in: &limiter) == 5)
        #expect(Self.count(100, of: "a", .other, in: &limiter) == 5)
    }

    @Test("N8: strangers crowd out no known host, and known hosts none of each other's reserves")
    func fairness() {
        var limiter = Self.limiter()
        let strangers = (0..<50_000).reduce(0) { $0 + Self.count(3, of: "stranger \($1)", in: &limiter) }
        #expect(strangers == 20)
        #expect(Self.count(9, of: "pc00", isKnown: true, in: &limiter) == 5)
        let known = (1..<100).map { Self.count(9, of: "pc\($0)", isKnown: true, in: &limiter) }
        #expect(known.allSatisfy { $0 >= 2 })
        // Two each, and what all share.
        let all = known.reduce(5, +)
        #expect(all == 220)
    }

    @Test("N8: forged addresses take no memory without end, and idle ones give their place away")
    func manyAddresses() {
        var limiter = FairLimiter<Kind, Int> { _ in
            .init(own: Pace(burst: 2, perSecond: 1), shared: Pace(burst: 1_000_000, perSecond: 1))
        }
        for number in 0..<4096 { #expect(Self.count(1, of: "\(number)", in: &limiter) == 1) }
        // All others are one now.
        let others = (0..<100).reduce(0) { $0 + Self.count(1, of: "other \($1)", in: &limiter) }
        #expect(others == 2)
        #expect(Self.count(1, of: "0", in: &limiter) == 1)
        let later = Self.start + 10 * Self.second
        #expect(Self.count(9, of: "late", at: later, in: &limiter) == 2)
    }

    @Test("those for whom the table has no room are not told as one") func uncounted() {
        var limiter = FairLimiter<Kind, Int> { _ in
            .init(own: Pace(burst: 1, perSecond: 1), shared: Pace(burst: 1_000_000, perSecond: 1))
        }
        for number in 0..<4096 { _ = Self.count(1, of: "\(number)", in: &limiter) }
        for number in 0..<1000 { _ = Self.count(1, of: "other \(number)", in: &limiter) }
        let excess = limiter.drain()
        #expect(excess.count == 1 && excess.first?.client == nil && excess.first?.count == 999)
        #expect(excess.first.map(\.clients) == .some(nil))
        // Neither are they together with those that have their place.
        for number in 0..<30 { _ = Self.count(1, of: "\(number)", in: &limiter) }
        _ = Self.count(1, of: "other", in: &limiter)
        #expect(limiter.drain().last.map(\.clients) == .some(nil))
    }

    @Test(
        "a summary says for how many it stands, or does not",
        arguments: [
            (21, "from one other address within"), (22, "from 2 other addresses within"),
            (5000, "from other addresses within"),
        ])
    func summary(_ clients: Int, _ words: String) {
        var gate = AuditGate { _, _ in
            .init(own: Pace(burst: 1, perSecond: 0.001), shared: Pace(burst: 1_000_000, perSecond: 1))
        }
        for number in 0..<clients {
            for _ in 0..<2 {
                let entry = AuditEntry(
                    at: 1, transport: "tftp", connection: "-", address: "\(number)", host: nil, path: "a",
                    intent: "fetch", decision: .missing, outcome: .delivered)
                _ = gate.admits(entry, at: Self.start)
            }
        }
        let last = gate.summaries(at: Self.start, time: 2).last
        #expect(last?.address == "-" && last?.reason?.contains(words) == true, "\(last?.reason ?? "")")
    }

    @Test func whatIsBeyondIsCountedWithItsFirst() {
        var limiter = Self.limiter()
        for client in 0..<30 { _ = Self.count(6 + client, of: "\(client)", in: &limiter) }
        let excess = limiter.drain()
        #expect(excess.count == 21)
        #expect(excess.first?.client == "29" && excess.first?.count == 35)
        let beyond = excess.map(\.count).reduce(0, +)
        let tries = (0..<30).map { $0 + 6 }.reduce(0, +)
        // 20 were let through.
        #expect(beyond == tries - 20)
        #expect(excess.last?.client == nil && excess.last?.clients == 10)
        #expect(!limiter.hasExcess && limiter.drain().isEmpty)
    }
}
