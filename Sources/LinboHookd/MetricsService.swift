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
    package func run(_ reloader: Reloader, _ tftp: TFTPServer?) async {
        guard let listen = section.listen else { return }
        let server = MetricsServer(factory, address: listen, logger: logger) { await refresh(reloader, tftp) }
        do {
            try await server.run { [logger] in logger.info("metrics on http://\(listen)/metrics") }
        } catch {
            logger.error("\(Self.failure(error))")
        }
    }

    /// The same, for the API.
    package func page(_ reloader: Reloader, _ tftp: TFTPServer?) -> @Sendable () async -> [UInt8] {
        {
            await refresh(reloader, tftp)
            return Array(factory.text().utf8)
        }
    }

    /// Sets what is looked up when somebody asks.
    private func refresh(_ reloader: Reloader, _ tftp: TFTPServer?) async {
        let assembly = reloader.assembly
        requests.gauge("linbo_hosts", assembly.hosts.devices.hosts.count)
        requests.gauge("linbo_live_connections", assembly.hooks.live().values.reduce(0, +))
        requests.gauge("linbo_resident_bytes", ResidentMemory.kibibytes() * 1024)
        requests.gauge("linbo_audit_lost", assembly.audit?.lost ?? 0)
        requests.gauge("linbo_audit_summed_up", assembly.audit?.summedUp ?? 0)
        requests.gauge("linbo_database_bytes", (try? assembly.store?.audit.size()) ?? 0)
        for figure in assembly.figures { requests.gauge(figure.metric, figure.value) }
        guard let tftp else { return }
        let counters = tftp.counters.values
        requests.gauge("linbo_tftp_requests", counters.requests)
        requests.gauge("linbo_tftp_misses", counters.misses)
        requests.gauge("linbo_tftp_held", counters.held)
        requests.gauge("linbo_tftp_strays", counters.strays)
        requests.gauge("linbo_tftp_malformed", counters.malformed)
        requests.gauge("linbo_tftp_unanswered", counters.unanswered)
        requests.gauge("linbo_tftp_transfers", await tftp.transfers().count)
        requests.gauge("linbo_tftp_packets_sent_again", tftp.ledger.figures().reduce(0) { $0 + $1.retransmissions })
    }

    private static func failure(_ error: any Error) -> any CustomStringConvertible {
        guard let error = error as? SystemError else { return "metrics.listen: \(error)" }
        return BindFailure(
            setting: "metrics.listen", error: error,
            taken: "another program has it; `ss -tlpn` names it. Set another port, or none",
            rights: "a port below 1024 takes root or CAP_NET_BIND_SERVICE")
    }
}
