import Synchronization

/// Wakes one task that waits. What is sent while nobody waits is heard by the next wait.
package final class AsyncSignal: Sendable {
    private struct State {
        var isSent = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Nothing is sent yet.
    package init() {}

    /// From any thread; what is sent several times before a wait counts once.
    package func send() {
        state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            state.isSent = waiter == nil
            return waiter
        }?.resume()
    }

    /// Until it is sent, the time is over, or the task is cancelled.
    package func wait(atMost duration: Duration) async {
        let timer = Task {
            try? await Task.sleep(for: duration)
            if !Task.isCancelled { send() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    defer { state.isSent = false }
                    if !state.isSent && !Task.isCancelled { state.waiter = continuation }
                    return state.waiter == nil
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            send()
        }
        timer.cancel()
    }
}
