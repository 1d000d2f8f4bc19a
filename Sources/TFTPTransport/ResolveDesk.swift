import DequeModule
import HookHost
import LinboModel
import LinuxKit
import Synchronization

/// Has requests resolved that take a plugin: so many at a time, the school's PCs before strangers, each address in its
/// turn. Names and addresses are anybody's to write into a datagram, so what waits is bounded for each address and in
/// all, and the same question of one address is asked once for all who wait for its answer.
final class ResolveDesk: Sendable {
    /// Who is told the answer.
    struct Waiter: Sendable {
        let mailbox: EngineMailbox
        /// The request's.
        let number: UInt64
    }

    /// Questions with the same key have the same answer.
    struct Key: Hashable, Sendable {
        let source: Peer.Source
        let path: TreePath
        let mode: TransferMode
        /// A transfer that asks for what is given once; it shares the answer with nobody.
        var claim: UInt64?
    }

    struct Question: Sendable {
        let key: Key
        let isKnown: Bool
        let resolve: @Sendable (Flag) async -> Resolver.Result
    }

    enum Verdict { case waits, full, stuck }

    private let state = Mutex(DeskState())
    private let workers = ThreadPool("tftp-ask", limit: threadCount)
    /// How long an answer may take; then its place is another's.
    private let patience: UInt64

    private static let threadCount = 4

    init(patience: Duration) {
        self.patience = UInt64(max(1, patience.components.seconds)) * Engine.second
    }

    func ask(_ question: Question, _ waiter: Waiter) -> Verdict {
        let (verdict, dropped) = state.withLock { $0.add(question, waiter) }
        for waiter in dropped { waiter.mailbox.post(.dropped(waiter.number)) }
        begin()
        return verdict
    }

    /// An answer of a moment ago to a question that is asked so often that answering each anew would leave some of
    /// those who ask without one; nil: ask.
    func recent(_ key: Key, at now: UInt64) -> Resolver.Result? {
        state.withLock { $0.recent(key, at: now) }
    }

    /// For work that nobody waits for.
    func inBackground(_ work: @escaping @Sendable () -> Void) {
        Task(executorPreference: workers) { work() }
    }

    /// A client has shown that it is there.
    func prove(_ actions: [ProofActions.Action]) {
        Task(executorPreference: workers) {
            for action in actions { await action() }
        }
    }

    /// Gives up what has taken too long: who waits is told, and other requests are answered as before.
    func giveUpOverdue(at now: UInt64) {
        guard now > patience else { return }
        for job in state.withLock({ $0.giveUp(begunBefore: now - patience) }) {
            job.isAbandoned.set()
            workers.grow()
            for waiter in job.waiters { waiter.mailbox.post(.late(waiter.number)) }
        }
        begin()
    }

    private func begin() {
        let now = Engine.clock()
        while let (number, job) = state.withLock({ $0.next(at: now) }) {
            Task(executorPreference: workers) { [self] in
                let result = await job.question.resolve(job.isAbandoned)
                answered(number, result)
            }
        }
    }

    private func answered(_ number: UInt64, _ result: Resolver.Result) {
        let (ended, wasLate) = state.withLock { $0.end(number, result, at: Engine.clock()) }
        if wasLate { workers.shrink() }
        // What belongs to one transfer is given to one.
        let isOnes = result.delivery?.claim != nil
        for (index, waiter) in ended.enumerated() {
            waiter.mailbox.post(isOnes && index > 0 ? .dropped(waiter.number) : .resolved(waiter.number, result))
        }
        begin()
    }
}
