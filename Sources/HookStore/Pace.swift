import Glibc

/// How often something may happen: `burst` times at once, and so often in the long run.
package struct Pace: Sendable, Hashable {
    /// Nanoseconds that one costs.
    let interval: Int64
    /// Nanoseconds that may be owed at most.
    let slack: Int64

    /// - Parameters:
    ///   - burst: at once, after a rest; at least 1.
    ///   - perSecond: more than 0.
    package init(burst: Int, perSecond: Double) {
        interval = Int64(1e9 / perSecond)
        slack = interval * Int64(max(1, burst) - 1)
    }

    /// Nanoseconds on the clock that never jumps.
    package static func now() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}

/// What somebody has used of a pace: the moment at which all of it is paid back. One number, as there are many of them.
struct Used: Sendable {
    private var until: Int64 = 0

    /// Nothing is owed any more: a new one is as good.
    func isNothing(at now: Int64) -> Bool { until <= now }

    func hasRoom(_ pace: Pace, at now: Int64) -> Bool { until - now <= pace.slack }

    mutating func take(_ pace: Pace, at now: Int64) {
        until = max(until, now) + pace.interval
    }
}
