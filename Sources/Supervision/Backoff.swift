/// When a service that ended is started again: after a pause that grows, and that begins anew once it ran for a while.
/// All times are `MonotonicClock`'s nanoseconds.
struct Backoff {
    private static let first: UInt64 = 1_000_000_000
    private static let longest: UInt64 = 60_000_000_000
    /// A service that ran for so long has not crashed at its start.
    private static let steady: UInt64 = 60_000_000_000

    private var pause = Self.first
    /// nil: it is not running; its last start may have failed.
    private var start: UInt64?
    private var next: UInt64 = 0

    /// Whether it may be started.
    func isDue(at now: UInt64) -> Bool { now >= next }

    /// It runs.
    mutating func started(at now: UInt64) { start = now }

    /// It ended by itself, or could not be started.
    /// - Returns: the pause until its next start.
    mutating func ended(at now: UInt64) -> Duration {
        if let start, now - start >= Self.steady { pause = Self.first }
        start = nil
        next = now + pause
        defer { pause = min(Self.longest, pause * 2) }
        return .nanoseconds(pause)
    }

    /// Somebody wants it to start at once.
    mutating func reset() { self = Self() }
}
