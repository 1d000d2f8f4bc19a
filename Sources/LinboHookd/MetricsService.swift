import HookHost
import HookMetrics
import HookStore
import LinboModel
import Logging
import RsyncTransport
import TFTPTransport

/// The endpoint for Prometheus as part of the daemon, if it is configured.
struct MetricsService: Sendable {
    let requests: RequestMetrics
    private let factory: PrometheusFactory
    private let section: MetricsSection
    private let logger: Logger

    /// - Returns: nil if the configuration turns it off: then nothing is counted.
    init?(_ section: MetricsSection, logger: Logger) {
        guard section.listen != nil else { return nil }
        factory = PrometheusFactory()
        requests = RequestMetrics(factory)
        self.section = section
        self.logger = logger
    }

    /// Serves until the task is cancelled. A port that is taken is told of, and keeps no client from booting.
    func run(_ assembly: Assembly, _ tftp: TFTPServer?) async {
        guard let listen = section.listen else { return }
        let requests = requests
        let server = MetricsServer(factory, address: listen.address, port: listen.port) {
            requests.gauge("linbo_hosts", assembly.hosts.devices.hosts.count)
            requests.gauge("linbo_live_connections", assembly.hooks.live().values.reduce(0, +))
            requests.gauge("linbo_resident_bytes", ResidentMemory.kibibytes() * 1024)
            requests.gauge("linbo_audit_lost", assembly.audit?.lost ?? 0)
            guard let tftp else { return }
            let counters = tftp.counters.values
            requests.gauge("linbo_tftp_requests", counters.requests)
            requests.gauge("linbo_tftp_misses", counters.misses)
            requests.gauge("linbo_tftp_held", counters.held)
            requests.gauge("linbo_tftp_strays", counters.strays)
            requests.gauge("linbo_tftp_malformed", counters.malformed)
            requests.gauge("linbo_tftp_transfers", await tftp.transfers().count)
            requests.gauge("linbo_tftp_packets_sent_again", tftp.ledger.figures().reduce(0) { $0 + $1.retransmissions })
        }
        logger.info("metrics on http://\(listen)/metrics")
        do {
            try await server.run()
        } catch is CancellationError {
        } catch {
            guard !Task.isCancelled else { return }
            logger.error("metrics.listen \(listen): \(error); set another address and port, or none")
        }
    }
}
