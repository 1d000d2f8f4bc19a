import LinuxKit

/// Until when something has to be over, and how long that was, for the words of `SSHError.late`. Steps of one thing share
/// one.
struct SSHLimit {
    let span: Duration
    /// Of the monotonic clock, in nanoseconds.
    let moment: UInt64

    /// From now on.
    init(_ span: Duration) {
        self.span = span
        moment = MonotonicClock.moment(after: span)
    }
}
