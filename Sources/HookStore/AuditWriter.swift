import Dispatch
import Glibc
package import Logging
import Synchronization

/// Collects what the audit log is to hold and writes it in batches, on a queue of its own: a transaction for each
/// request costs more than serving a small file.
///
/// `append` takes a lock for as long as it copies, and never waits for SQLite, whoever locks it. What could not be
/// written is tried again; what comes when `Limits.bytes` are full is lost, counted and logged.
package final class AuditWriter: Sendable {
    package struct Limits: Sendable {
        /// How long an ordinary row may wait for others.
        package var delay = Duration.milliseconds(200)
        /// So many rows are written without waiting for more, and at most so many in one transaction.
        package var rows = 500
        /// Of memory, for rows that are not written yet. The last quarter is for those that are not ordinary.
        package var bytes = 32 << 20
        /// Until a write that failed is tried again.
        package var pause = Duration.milliseconds(500)

        package init() {}
    }

    package typealias Observer = @Sendable (ArraySlice<AuditEntry>) -> Void

    private let log: AuditLog
    private let limits: Limits
    private let observe: Observer
    private let logger: Logger
    private let queue = DispatchQueue(label: "audit log")
    private let backlog: Mutex<AuditBacklog>
    private let told = Mutex(Told())

    /// Losses come by the thousand; one line a minute tells of them.
    private struct Told {
        var lost = 0
        var next = ContinuousClock.now
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

    /// Hands entries over. If one of them is more than the tree's own file, all that waits is on its way to SQLite when
    /// this returns.
    package func append(_ entries: [AuditEntry]) {
        start(backlog.withLock { $0.take(entries) })
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
                try log.appendAtOnce(batch)
            } catch {
                let (isNews, next) = backlog.withLock { [rest] in $0.failed(rest) }
                if isNews { logger.error("audit log: \(error); it is tried again") }
                start(next, after: limits.pause)
                break
            }
            backlog.withLock { $0.wrote(batch) }
            observe(batch)
            rest = rest.dropFirst(batch.count)
        }
        tellLosses()
    }

    private func tellLosses() {
        let lost = lost
        let news = told.withLock { told -> Int in
            guard lost > told.lost, told.next <= .now else { return 0 }
            defer { told = Told(lost: lost, next: .now + .seconds(60)) }
            return lost - told.lost
        }
        if news > 0 { logger.error("audit log: \(news) entries are lost: more came than could be written") }
    }
}

extension Duration {
    fileprivate var dispatch: DispatchTimeInterval {
        .nanoseconds(Int(clamping: components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000))
    }
}
