import Foundation
import LinuxKit

/// A thread that looks at something which may never answer, such as a share whose server is gone. Whoever wants a look
/// waits for it, but not for longer than its patience, and not at all while the thread is known to hang.
final class Lookout: Sendable {
    private let turns: Turns

    /// - Parameter work: must not hold this object.
    init(_ work: @escaping @Sendable () -> Void) {
        turns = Turns(work)
    }

    deinit {
        turns.end()
    }

    /// How long the present look has gone on, if that is too long.
    var hangs: Duration? { turns.hangs }

    /// Returns after a look that began after this call; earlier if it hangs.
    func look() {
        turns.look()
    }
}

/// What the thread and those who wait share. All that changes is guarded by the condition; that is why it may be called
/// Sendable.
private final class Turns: @unchecked Sendable {
    private let work: @Sendable () -> Void
    private let condition = NSCondition()
    private var asked: UInt64 = 0
    private var done: UInt64 = 0
    /// When the look began that goes on now; nil: the thread waits.
    private var since: ContinuousClock.Instant?
    private var isRunning = false
    private var isEnded = false

    /// How long a look may take before it counts as one that hangs.
    private static let patience = 2.0

    init(_ work: @escaping @Sendable () -> Void) {
        self.work = work
    }

    var hangs: Duration? { condition.withLock { overdue } }

    func look() {
        condition.withLock {
            asked += 1
            let wanted = asked
            if !isRunning {
                isRunning = true
                NamedThread.start("devices.csv") { [self] in run() }
            }
            condition.broadcast()
            let end = Date(timeIntervalSinceNow: Self.patience)
            while done < wanted, overdue == nil, condition.wait(until: end) {}
        }
    }

    func end() {
        condition.withLock {
            isEnded = true
            condition.broadcast()
        }
    }

    private func run() {
        while let turn = next() {
            work()
            condition.withLock {
                since = nil
                done = turn
                condition.broadcast()
            }
        }
    }

    /// Waits until a look is wanted; nil: never again.
    private func next() -> UInt64? {
        condition.withLock {
            while asked == done, !isEnded { condition.wait() }
            guard !isEnded else { return nil }
            since = .now
            return asked
        }
    }

    private var overdue: Duration? {
        guard let since else { return nil }
        let age = ContinuousClock.now - since
        return age > .seconds(Self.patience) ? age : nil
    }
}
