import Glibc

/// Seconds since 1970-01-01 00:00 UTC.
package enum UnixTime {
    /// By the machine's clock, which may be set.
    @Sendable package static func now() -> Int64 {
        Int64(time(nil))
    }

    /// Milliseconds since 1970, for durations that are stored.
    package static func nowMilliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
