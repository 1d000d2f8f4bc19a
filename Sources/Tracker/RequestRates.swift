/// How often an address asks: a bucket of tokens for each. Only addresses that proved to be the asker's are counted (by
/// TCP's handshake, or a connection id), so nobody uses up another's.
struct RequestRates: Sendable {
    private struct Bucket {
        var tokens: Double
        var filled: UInt64
    }

    private let rate: Double
    private let burst: Double
    private let limit: Int
    private var buckets: [UInt32: Bucket] = [:]
    private var swept: UInt64 = 0

    /// - Parameters:
    ///   - rate: requests a second; 0: any number.
    ///   - burst: at once, after a pause.
    ///   - limit: of addresses; those that were not counted lately make room for others.
    init(rate: Int, burst: Int, limit: Int = 16_384) {
        (self.rate, self.burst, self.limit) = (Double(rate), Double(max(1, burst)), limit)
    }

    /// How many addresses are counted.
    var count: Int { buckets.count }

    /// Takes a token, if there is one.
    mutating func admits(_ address: UInt32, at now: UInt64) -> Bool {
        guard rate > 0 else { return true }
        guard var bucket = buckets[address] else {
            if buckets.count >= limit { forgetFull(at: now) }
            guard buckets.count < limit else { return false }
            buckets[address] = Bucket(tokens: burst - 1, filled: now)
            return true
        }
        bucket.tokens = tokens(bucket, at: now)
        bucket.filled = max(now, bucket.filled)
        let admits = bucket.tokens >= 1
        if admits { bucket.tokens -= 1 }
        buckets[address] = bucket
        return admits
    }

    private func tokens(_ bucket: Bucket, at now: UInt64) -> Double {
        let passed = now > bucket.filled ? now - bucket.filled : 0
        return min(burst, bucket.tokens + Double(passed) * rate / 1e9)
    }

    /// A bucket that is full again says no more than one that is not there. Looked for a few times a second only.
    private mutating func forgetFull(at now: UInt64) {
        guard now >= swept + 100_000_000 else { return }
        swept = now
        buckets = buckets.filter { tokens($0.value, at: now) < burst }
    }
}
