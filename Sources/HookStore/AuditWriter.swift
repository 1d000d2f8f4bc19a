import Dispatch
import Glibc
import LinboModel
package import Logging
import Synchronization

/// Collects what the audit log is to hold and writes it in batches, on a queue of its own: a transaction for each
/// request costs more than serving a small file.
///
/// `append` takes a lock for as long as it copies, and never waits for SQLite, whoever locks it. What could not be
/// written is tried again; what comes when `Limits.bytes` are full is lost, counted and logged. What one client, or all
/// together, ask for beyond `Limits.rates` is counted, and a row a minute stands for it.
package final class AuditWriter: Sendable {
    /// How long rows wait, and how much is written; tests have others.
    package struct Limits: Sendable {
        /// How long an ordinary row may wait for others.
        package var delay = Duration.milliseconds(200)
        /// So many rows are written without waiting for more, and at most so many in one transaction.
        package var rows = 500
        /// Of memory, for rows that are not written yet. The last quarter is for those that are not ordinary.
        package var bytes = 32 << 20
        /// Until a write that failed is tried again.
        package var pause = Duration.milliseconds(500)
        /// What the database's file may have.
        package var maxSize: Int64 = 1 << 30
        /// Between two rows for what one client had too much of.
        var window = Duration.seconds(60)
        var rates: @Sendable (AuditKind, _ isKnown: Bool) -> AuditKind.Limits = { $0.limits(isKnown: $1) }

        /// Those of the daemon, but for `maxSize`, which the configuration sets.
        package init() {}
    }

    /// Gets the rows of a transaction once it is written; called on the writer's queue.
    package typealias Observer = @Sendable (ArraySlice<AuditEntry>) -> Void

    private let log: AuditLog
    private let limits: Limits
    private let observe: Observer
    private let logger: Logger
    private let queue = DispatchQueue(label: "audit log")
    private let backlog: Mutex<AuditBacklog>
    private let state = Mutex(State())

    private struct State {
        /// Losses come by the thousand; one line a minute tells of them.
        var toldLosses = 0
        var nextTelling = ContinuousClock.now
        var failure: String?
    }

    /// - Parameter observe: sees what was written, for metrics.
    package init(
        _ log: AuditLog, limits: Limits = Limits(), observe: @escaping Observer = { _ in }, logger: Logger
    ) {
        self.log = log
        self.observe = observe
        self.limits = limits
        self.logger = logger
        backlog = Mutex(AuditBacklog(limits))
    }

    /// How many rows were lost since the start.
    package var lost: Int { backlog.withLock { $0.lost } }

    /// How many were not written one by one since the start, as their clients had too many.
    package var summedUp: Int { backlog.withLock { $0.summedUp } }

    /// Why the database can't be written, while that is so.
    package var failure: String? { state.withLock { $0.failure } }

    /// Hands entries over. If one of them is more than the tree's own file, all that waits is on its way to SQLite when
    /// this returns.
    package func append(_ entries: [AuditEntry]) {
        let now = Pace.now()
        let (start, sumsUp) = backlog.withLock { $0.take(entries, at: now) }
        self.start(start)
        if sumsUp { queue.asyncAfter(deadline: .now() + limits.window.dispatch) { self.sumUp() } }
    }

    /// Writes all that was appended before, and waits for it. Blocks.
    /// - Parameter patience: how long; while the database is locked, it is tried again until then.
    /// - Returns: false if something is not written.
    @discardableResult
    package func flush(within patience: Duration) -> Bool {
        let end = ContinuousClock.now + patience
        while true {
            let written = DispatchSemaphore(value: 0)
            queue.async {
                self.sumUp()
                self.write()
                written.signal()
            }
            let left = max(.zero, ContinuousClock.now.duration(to: end))
            guard written.wait(timeout: .now() + left.dispatch) == .success else { return false }
            if backlog.withLock({ !$0.isFailing }) { return true }
            guard ContinuousClock.now < end else { return false }
            _ = poll(nil, 0, 20)
        }
    }

    // MARK: On the queue

    private func start(_ start: AuditBacklog.Start, after delay: Duration? = nil) {
        switch start {
        case .none: break
        case .now: queue.async { self.write() }
        case .later: queue.asyncAfter(deadline: .now() + (delay ?? limits.delay).dispatch) { self.write() }
        }
    }

    private func write() {
        var rest = backlog.withLock { $0.takeAll() }[...]
        while !rest.isEmpty {
            let batch = rest.prefix(limits.rows)
            do {
                try log.appendAtOnce(batch, keeping: limits.maxSize, now: Self.time())
            } catch {
                let (isNews, next) = backlog.withLock { [rest] in $0.failed(rest) }
                state.withLock { $0.failure = "\(error)" }
                if isNews { logger.error("audit log: \(error); it is tried again") }
                start(next, after: limits.pause)
                break
            }
            state.withLock { $0.failure = nil }
            let losses = backlog.withLock { backlog in
                backlog.wrote(batch)
                return backlog.noteLosses(time: Self.time())
            }
            observe(batch)
            rest = rest.dropFirst(batch.count)
            if let losses { rest = [losses] + rest }
        }
        tellLosses()
    }

    /// Writes rows for what was not let in.
    private func sumUp() {
        let (rows, start) = backlog.withLock { $0.sumUp(at: Pace.now(), time: Self.time()) }
        self.start(start)
        guard let first = rows.first else { return }
        let others = rows.count > 1 ? ", and \(rows.count - 1) more such rows" : ""
        logger.notice("audit log: too much to write one by one: \(first.reason ?? first.outcome.description)\(others)")
    }

    /// Milliseconds since 1970.
    private static func time() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    private func tellLosses() {
        let lost = lost
        let news = state.withLock { state -> Int in
            guard lost > state.toldLosses, state.nextTelling <= .now else { return 0 }
            defer { (state.toldLosses, state.nextTelling) = (lost, .now + .seconds(60)) }
            return lost - state.toldLosses
        }
        if news > 0 { logger.error("audit log: \(news) entries are lost: more came than could be written") }
    }
}

extension Duration {
    fileprivate var dispatch: DispatchTimeInterval {
        .nanoseconds(Int(clamping: components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000))
    }
}
