import Synchronization

/// Wakes one sleeper early. Wishes that come while nobody sleeps wake the next sleep at once.
final class WakeUp: Sendable {
    private struct State {
        var isDue = false
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func wake() {
        state.withLock { state in
            guard let sleeper = state.sleeper else {
                state.isDue = true
                return nil as CheckedContinuation<Void, Never>?
            }
            state.sleeper = nil
            return sleeper
        }?.resume()
    }

    /// Until `wake`, or for this long; returns at once if the task is cancelled.
    func sleep(for duration: Duration) async {
        let timer = Task {
            do { try await Task.sleep(for: duration) } catch { return }
            wake()
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    guard !state.isDue else {
                        state.isDue = false
                        return true
                    }
                    state.sleeper = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
        timer.cancel()
    }
}
