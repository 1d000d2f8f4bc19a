import HookHost
package import HookMetrics
import HookStore
import LinboModel
import LinuxKit
package import Logging
import RsyncTransport
package import TFTPTransport

/// The endpoint for Prometheus as part of the daemon, if it is configured.
package struct MetricsService: Sendable {
    /// What the audit log's rows are counted by.
    /// What is looked up when somebody asks.
    package struct Sources: Sendable {
        let reloader: Reloader
        let tftp: TFTPServer?
        let more: @Sendable () -> [Gauge]

        /// - Parameters:
        ///   - tftp: nil: it is off.
        ///   - more: what others count.
        package init(_ reloader: Reloader, _ tftp: TFTPServer?, more: @escaping @Sendable () -> [Gauge] = { [] }) {
            (self.reloader, self.tftp, self.more) = (reloader, tftp, more)
        }
    }

    /// Counts what the audit log gets.
    package let requests: RequestMetrics
    private let factory: PrometheusFactory
    private let section: MetricsSection
    private let logger: Logger

    /// - Returns: nil if the configuration turns it off: then nothing is counted.
    package init?(_ section: MetricsSection, logger: Logger) {
        guard section.listen != nil else { return nil }
        factory = PrometheusFactory()
        requests = RequestMetrics(factory)
        self.section = section
        self.logger = logger
    }

    /// Serves until the task is cancelled. A port that is taken is told of, and keeps no client from booting.
    package func run(_ sources: Sources) async {
        guard let listen = section.listen else { return }
        let server = MetricsServer(factory, address: listen, logger: logger) { await refresh(sources) }
        do {
            try await server.run { [logger] in logger.info("metrics on http://\(listen)/metrics") }
        } catch {
            logger.error("\(Self.failure(error))")
        }
    }

    /// The same, for the API.
    package func page(_ sources: Sources) -> @Sendable () async -> [UInt8] {
        {
            await refresh(sources)
            return Array(factory.text().utf8)
        }
    }

    /// Sets what is looked up when somebody asks.
    private func refresh(_ sources: Sources) async {
        let assembly = sources.reloader.assembly
        requests.gauge(Gauge("linbo_hosts", assembly.hosts.devices.hosts.count))
        requests.gauge(Gauge("linbo_live_connections", assembly.hooks.live().values.reduce(0, +)))
        requests.gauge(Gauge("linbo_resident_bytes", ResidentMemory.kibibytes() * 1024))
        requests.gauge(Gauge("linbo_audit_lost", assembly.audit?.lost ?? 0))
        requests.gauge(Gauge("linbo_audit_summed_up", assembly.audit?.summedUp ?? 0))
        requests.gauge(Gauge("linbo_database_bytes", (try? assembly.store?.audit.size()) ?? 0))
        for figure in assembly.figures { requests.gauge(Gauge(figure.metric, figure.value)) }
        for gauge in sources.more() { requests.gauge(gauge) }
        guard let tftp = sources.tftp else { return }
        let counters = tftp.counters.values
        requests.gauge(Gauge("linbo_tftp_requests", counters.requests))
        requests.gauge(Gauge("linbo_tftp_misses", counters.misses))
        requests.gauge(Gauge("linbo_tftp_throttled", counters.throttled))
        requests.gauge(Gauge("linbo_tftp_strays", counters.strays))
        requests.gauge(Gauge("linbo_tftp_malformed", counters.malformed))
        requests.gauge(Gauge("linbo_tftp_unanswered", counters.unanswered))
        requests.gauge(Gauge("linbo_tftp_transfers", await tftp.transfers().count))
        requests.gauge(
            Gauge("linbo_tftp_retransmissions", tftp.admission.figures().reduce(0) { $0 + $1.retransmissions }))
    }

    private static func failure(_ error: any Error) -> any CustomStringConvertible {
        guard let error = error as? SystemError else { return "metrics.listen: \(error)" }
        return BindFailure(
            setting: "metrics.listen", error: error,
            taken: "another program has it; `ss -tlpn` names it. Set another port, or none",
            rights: "a port below 1024 takes root or CAP_NET_BIND_SERVICE")
    }
}
