import Testing

@testable import Supervision

/// When a service that ended is started again.
@Suite struct BackoffTests {
    private static let second: UInt64 = 1_000_000_000
    /// Seconds of the pauses after so many ends; each next start is at its first moment.
    private func pauses(_ count: Int, _ backoff: inout Backoff, at now: inout UInt64, runningFor run: UInt64?)
        -> [Int64]
    {
        (0..<count).map { _ in
            if let run {
                backoff.started(at: now)
                now += run * Self.second
            }
            let pause = backoff.ended(at: now)
            #expect(!backoff.isDue(at: now))
            now += UInt64(pause.components.seconds) * Self.second
            #expect(backoff.isDue(at: now) && !backoff.isDue(at: now - 1))
            return pause.components.seconds
        }
    }

    @Test("the pause grows to a minute and stays there, also when the start itself fails", arguments: [nil, 0, 59])
    func grows(_ run: UInt64?) {
        var (backoff, now) = (Backoff(), UInt64(5))
        #expect(backoff.isDue(at: now))
        #expect(pauses(9, &backoff, at: &now, runningFor: run) == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test("it begins anew after a minute's run, and when somebody wants a start") func beginsAnew() {
        var (backoff, now) = (Backoff(), UInt64(5))
        _ = pauses(7, &backoff, at: &now, runningFor: 0)
        #expect(pauses(2, &backoff, at: &now, runningFor: 60) == [1, 1])
        _ = pauses(7, &backoff, at: &now, runningFor: nil)
        _ = backoff.ended(at: now)
        backoff.reset()
        #expect(backoff.isDue(at: now))
        #expect(pauses(2, &backoff, at: &now, runningFor: nil) == [1, 2])
    }
}
