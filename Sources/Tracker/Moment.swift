import LinuxKit

/// One moment by two clocks.
package struct Moment: Sendable, Hashable {
    /// Nanoseconds of the clock that never jumps.
    let nanoseconds: UInt64
    /// Seconds since 1970.
    let unix: Int64

    static let second: UInt64 = 1_000_000_000

    static func now() -> Moment {
        Moment(nanoseconds: MonotonicClock.now(), unix: UnixTime.now())
    }
}
