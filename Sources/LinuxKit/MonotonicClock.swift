import Glibc

/// Nanoseconds of a clock that never jumps.
package enum MonotonicClock {
    /// `CLOCK_MONOTONIC`: since the machine's start, without the time that it was suspended.
    package static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// - Parameter span: one that is negative, or over 292 years, is cut.
    package static func moment(after span: Duration) -> UInt64 {
        let (seconds, attoseconds) = span.components
        guard seconds >= 0, seconds < 9_000_000_000 else { return seconds < 0 ? now() : .max }
        return now() + UInt64(seconds) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
    }

    /// Blocks its thread.
    package static func sleep(until moment: UInt64) {
        while true {
            let now = now()
            guard now < moment else { return }
            usleep(UInt32(min((moment - now) / 1_000 + 1, 999_999)))
        }
    }
}
