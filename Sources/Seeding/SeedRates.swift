import LinboModel

/// The limits that hold now: of all peers, and of each group.
struct SeedRates {
    private var total: TokenBucket?
    private var groups: [TokenBucket]
    private let limits: SeedLimits

    /// - Parameter now: nanoseconds of `MonotonicClock`, as in all of it.
    init(_ limits: SeedLimits, now: UInt64) {
        self.limits = limits
        total = limits.total.map { TokenBucket(rate: $0, now: now) }
        groups = limits.groups.map { TokenBucket(rate: $0.rate, now: now) }
    }

    /// That of an address, for the calls below; nil: none.
    func group(of address: IPAddress) -> Int? {
        limits.groups.firstIndex { group in group.ranges.contains { $0.contains(address) } }
    }

    /// Whether something may be sent to a peer.
    mutating func isOpen(to group: Int?, at now: UInt64) -> Bool {
        guard total?.isOpen(at: now) ?? true else { return false }
        return group.map { groups[$0].isOpen(at: now) } ?? true
    }

    /// - Parameter count: bytes that will be sent.
    mutating func take(_ count: Int, for group: Int?) {
        total?.take(count)
        if let group { groups[group].take(count) }
    }
}
