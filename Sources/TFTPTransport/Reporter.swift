package import HookHost
package import HookStore
package import Logging
import Synchronization

/// Tells how transfers ended, away from the engines' threads: to plugins, to the audit log, to the log.
package final class Reporter: Sendable {
    private let serving: Serving
    private let settings: TFTPSettings
    private let audit: AuditWriter?
    private let observe: @Sendable (TransferReport) -> Void
    private let logger: Logger
    private let state = Mutex(State())
    private let signal: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    private struct State {
        var reports: [TransferReport] = []
        var failures: [String] = []
        var lost = 0
        /// Reports are being told.
        var isTelling = false
    }

    /// Reports that wait; a flood beyond it is counted. Those that plugins wait for are never dropped.
    private static let limit = 100_000
    /// What ends within this time is told together.
    private static let gathering = Duration.milliseconds(20)

    /// - Parameter observe: sees each report, for metrics.
    package init(
        _ serving: Serving, settings: TFTPSettings, audit: AuditWriter?,
        observe: @escaping @Sendable (TransferReport) -> Void, logger: Logger
    ) {
        self.serving = serving
        self.settings = settings
        self.audit = audit
        self.observe = observe
        self.logger = logger
        (signal, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func report(_ report: TransferReport) {
        let isFirst = state.withLock { state in
            guard state.reports.count < Self.limit || report.subject.delivery?.claim != nil else {
                state.lost += 1
                return false
            }
            state.reports.append(report)
            return state.reports.count == 1
        }
        if isFirst { wake.yield() }
    }

    /// Something of the server's own went wrong.
    func failed(_ text: String) {
        state.withLock { if $0.failures.count < 100 { $0.failures.append(text) } }
        wake.yield()
    }

    /// Tells what comes until `finish`.
    package func run() async {
        for await _ in signal {
            try? await Task.sleep(for: Self.gathering)
            await tell()
        }
        await tell()
    }

    package func finish() {
        wake.finish()
    }

    /// Waits until all that came before was told; not for ever, should a plugin hang.
    package func tellAll() async {
        let end = ContinuousClock.now + .seconds(1)
        while state.withLock({ $0.isTelling || !$0.reports.isEmpty }), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    private func tell() async {
        let gathered = state.withLock { state in
            defer { state = State(isTelling: true) }
            return state
        }
        defer { state.withLock { $0.isTelling = false } }
        for text in gathered.failures { logger.error("tftp: \(text)") }
        if gathered.lost > 0 { logger.error("tftp: \(gathered.lost) transfers could not be told of: too many at once") }
        // Outcomes first: another request of the same host may wait for one.
        for report in gathered.reports { await tellPlugins(report) }
        audit?.append(gathered.reports.compactMap { $0.entry(keepsMisses: settings.logsMisses) })
        for report in gathered.reports {
            observe(report)
            log(report)
        }
    }

    private func tellPlugins(_ report: TransferReport) async {
        guard let delivery = report.subject.delivery, case .transfer(let status) = report.ending else { return }
        await serving.current.runtime.tell(
            status, of: delivery, to: report.subject.host, report.subject.connection)
    }

    private func log(_ report: TransferReport) {
        switch report.ending {
        case .notThere where !settings.logsMisses: return
        case .transfer where !settings.logsTransfers && report.isDelivered: return
        case .refused: logger.notice("\(report.line)", metadata: report.client)
        case .transfer where report.hasFailed: logger.warning("\(report.line)", metadata: report.client)
        default: logger.info("\(report.line)", metadata: report.client)
        }
    }
}
