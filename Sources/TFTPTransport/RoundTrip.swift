/// How long to wait for an answer, from the answers until now (RFC 6298 §2; its clock is ours in nanoseconds).
package struct RoundTrip: Sendable, Hashable {
    /// Nanoseconds; nil without a measurement.
    package private(set) var smoothed: UInt64?
    private var variation: UInt64 = 0

    static let millisecond: UInt64 = 1_000_000

    /// Before anything was measured. RFC 6298 has a second; on a school's LAN half of it is ten times a slow client's.
    static let initial = 500 * millisecond
    /// Firmware that writes to a slow disk or screen pauses; what comes before this would mostly be needless.
    static let leastBeforeLoss = 300 * millisecond
    /// On a way that is known to lose packets waiting costs more than a packet too many.
    static let leastAfterLoss = 50 * millisecond
    /// Longer than the five seconds of silence after which atftp and tftp-hpa acknowledge once more: atftp answers a
    /// repeated block only once, and would never do so between packets that come more often.
    static let greatest = 6_000 * millisecond

    /// Of a client that has not answered yet.
    package init() {}

    /// Only of packets that were sent once (Karn's algorithm).
    package mutating func measured(_ sample: UInt64) {
        guard let mean = smoothed else {
            smoothed = sample
            variation = sample / 2
            return
        }
        let distance = mean > sample ? mean - sample : sample - mean
        variation = variation - variation / 4 + distance / 4
        smoothed = mean - mean / 8 + sample / 8
    }

    /// - Parameters:
    ///   - attempt: 0 for a packet's first sending; each further one doubles the wait.
    ///   - hasLoss: whether packets of this transfer were lost before.
    package func timeout(attempt: Int, hasLoss: Bool) -> UInt64 {
        let least = hasLoss ? Self.leastAfterLoss : Self.leastBeforeLoss
        let base = smoothed.map { max($0 + 4 * variation, least) } ?? Self.initial
        return min(base << UInt64(min(attempt, 16)), Self.greatest)
    }
}
