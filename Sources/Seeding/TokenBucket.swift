/// Lets a rate through. Who may take something takes it whole, and the others wait for as long as that was too much: so
/// a block is never cut, and the rate holds all the same.
struct TokenBucket {
    /// Bytes a second.
    let rate: Int
    private var tokens: Double
    private var last: UInt64

    /// - Parameters:
    ///   - rate: bytes a second, at least 1.
    ///   - now: nanoseconds of `MonotonicClock`, as in all of it.
    init(rate: Int, now: UInt64) {
        self.rate = max(1, rate)
        tokens = Self.most(self.rate)
        last = now
    }

    /// What may come at once after a pause: a tenth of a second's.
    private static func most(_ rate: Int) -> Double { max(1, Double(rate) / 10) }

    /// Whether something may be taken.
    mutating func isOpen(at now: UInt64) -> Bool {
        if now > last {
            tokens = min(Self.most(rate), tokens + Double(now - last) * Double(rate) / 1e9)
            last = now
        }
        return tokens > 0
    }

    /// - Parameter count: bytes.
    mutating func take(_ count: Int) { tokens -= Double(count) }
}
