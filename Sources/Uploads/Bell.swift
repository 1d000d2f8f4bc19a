import Synchronization

/// Wakes one who waits. A ring that nobody waits for is heard by the next wait.
package final class Bell: Sendable {
    private struct State {
        var hasRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    package init() {}

    package func ring() {
        state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            state.hasRung = waiter == nil
            return waiter
        }?.resume()
    }

    /// Until it rings, the time is over, or the task is cancelled.
    package func wait(atMost duration: Duration) async {
        let timer = Task {
            try? await Task.sleep(for: duration)
            if !Task.isCancelled { ring() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    defer { state.hasRung = false }
                    if !state.hasRung && !Task.isCancelled { state.waiter = continuation }
                    return state.waiter == nil
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
        timer.cancel()
    }
}
