import Foundation
import Synchronization

/// A call into code that may hang, blocking its thread or not: whoever waits for it waits no longer than a limit.
///
/// It runs on a thread that may block; one that hangs keeps that thread, and no other.
package final class BoundedCall<Value: Sendable>: Sendable, Watched {
    private struct State {
        var waiter: CheckedContinuation<Result<Value, any Error>, Never>?
        var task: Task<Void, Never>?
        /// Nanoseconds of `MonotonicClock`; nil while it waits for somebody else.
        var deadline: UInt64?
    }

    private let state = Mutex(State())
    private let limit: Duration

    private init(_ limit: Duration) {
        self.limit = limit
    }

    /// - Parameter body: is given the call, to pause its clock, and to see that nobody waits any more.
    /// - Throws: `Overdue`, or what `body` throws.
    package static func run(
        within limit: Duration, on executor: some TaskExecutor,
        _ body: @escaping @Sendable (BoundedCall) async throws -> Value
    ) async throws -> Value {
        let call = BoundedCall(limit)
        let result = await withCheckedContinuation { continuation in
            call.state.withLock { state in
                state.waiter = continuation
                state.deadline = call.end()
            }
            Watchdog.shared.add(call)
            let task = Task(executorPreference: executor) {
                do { call.finish(.success(try await body(call))) } catch { call.finish(.failure(error)) }
            }
            call.state.withLock { $0.task = task }
        }
        Watchdog.shared.remove(call)
        return try result.get()
    }

    /// Whether the limit has passed, and nobody waits for the outcome.
    package var isAbandoned: Bool { state.withLock { $0.waiter == nil } }

    /// Runs `body`, which has a limit of its own, with this call's clock stopped; it begins anew then.
    package func paused<Other>(_ body: () async throws -> Other) async rethrows -> Other {
        state.withLock { $0.deadline = nil }
        defer { state.withLock { $0.deadline = end() } }
        return try await body()
    }

    fileprivate func check(at now: UInt64) {
        let isOver = state.withLock { state in state.deadline.map { $0 <= now } ?? false }
        guard isOver else { return }
        // First the reason, or the call's own end by cancellation would be taken for it.
        finish(.failure(Overdue(limit: limit)))
        state.withLock { $0.task }?.cancel()
    }

    private func end() -> UInt64 {
        MonotonicClock.now() + UInt64(max(0, limit / .nanoseconds(1)))
    }

    private func finish(_ result: Result<Value, any Error>) {
        state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }?.resume(returning: result)
    }
}

/// A call took longer than it may.
package struct Overdue: Error, CustomStringConvertible {
    /// The one that has passed.
    package let limit: Duration

    /// "no answer within 30s"; in milliseconds if these are no whole seconds.
    package var description: String {
        let (seconds, rest) = limit.components
        let milliseconds = rest / 1_000_000_000_000_000
        return "no answer within " + (milliseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + milliseconds)ms")
    }
}

private protocol Watched: AnyObject, Sendable {
    func check(at now: UInt64)
}

/// Looks at all calls that run, a few times a second while there are any.
private final class Watchdog: Sendable {
    static let shared = Watchdog()

    private struct State {
        var calls: [ObjectIdentifier: any Watched] = [:]
        var isAwake = false
    }

    private let state = Mutex(State())
    private static let pause = 0.1

    func add(_ call: any Watched) {
        let wakes = state.withLock { state in
            state.calls[ObjectIdentifier(call)] = call
            defer { state.isAwake = true }
            return !state.isAwake
        }
        if wakes { NamedThread.start("call limits") { self.watch() } }
    }

    func remove(_ call: any Watched) {
        state.withLock { state in _ = state.calls.removeValue(forKey: ObjectIdentifier(call)) }
    }

    /// Until there was nothing to look at for ten seconds: then the thread ends, and the next call starts another.
    private func watch() {
        var idle = 0
        while idle < 100 || !sleeps() {
            Thread.sleep(forTimeInterval: Self.pause)
            let calls = state.withLock { Array($0.calls.values) }
            let now = MonotonicClock.now()
            for call in calls { call.check(at: now) }
            idle = calls.isEmpty ? idle + 1 : 0
        }
    }

    private func sleeps() -> Bool {
        state.withLock { state in
            state.isAwake = !state.calls.isEmpty
            return !state.isAwake
        }
    }
}
