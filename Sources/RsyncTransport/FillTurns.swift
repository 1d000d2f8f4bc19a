import Foundation
import LinboModel
import Synchronization

/// Turns for requests that place many files: whoever lists the whole tree a hundred times must not take all cores, and
/// the hooks' threads with them, from PCs that ask for a file. An address has one turn at a time, the others wait in
/// the order in which they came.
final class FillTurns: Sendable {
    private struct State {
        var running: Set<IPAddress> = []
        var waiting: [Waiting] = []
    }

    private struct Waiting {
        let address: IPAddress
        let until: ContinuousClock.Instant
        let resume: CheckedContinuation<Bool, Never>
    }

    private let state = Mutex(State())
    private let limit: Int
    private let patience: Duration

    /// - Parameters:
    ///   - limit: turns at the same time; one core is left to all others.
    ///   - patience: how long a turn is waited for; less than a hook's call may take.
    init(
        limit: Int = max(1, ProcessInfo.processInfo.activeProcessorCount - 1), patience: Duration = .seconds(50)
    ) {
        self.limit = limit
        self.patience = patience
    }

    /// Waits for a turn.
    /// - Returns: whether it came; then `leave` must follow.
    func enter(_ address: IPAddress) async -> Bool {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.running.count < limit, !state.running.contains(address) else {
                    state.waiting.append(Waiting(address: address, until: .now + patience, resume: continuation))
                    return false
                }
                state.running.insert(address)
                return true
            }
            if isFree { continuation.resume(returning: true) }
        }
    }

    /// Gives the turn to the next; those that have waited for too long go without.
    func leave(_ address: IPAddress) {
        let (next, late) = state.withLock { state -> (Waiting?, [Waiting]) in
            state.running.remove(address)
            let now = ContinuousClock.now
            let late = state.waiting.filter { $0.until < now }
            state.waiting.removeAll { $0.until < now }
            let index = state.waiting.firstIndex { !state.running.contains($0.address) }
            let next = index.map { state.waiting.remove(at: $0) }
            if let next { state.running.insert(next.address) }
            return (next, late)
        }
        next?.resume.resume(returning: true)
        for waiting in late { waiting.resume.resume(returning: false) }
    }

    /// Whether somebody waits.
    var isAwaited: Bool { state.withLock { !$0.waiting.isEmpty } }
}
