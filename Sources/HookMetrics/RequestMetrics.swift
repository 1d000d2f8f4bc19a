import CoreMetrics
package import HookStore
import Metrics

/// Counts requests of all transports, as they come to the audit log.
package struct RequestMetrics: Sendable {
    private let factory: PrometheusFactory

    package init(_ factory: PrometheusFactory) {
        self.factory = factory
    }

    package func observe(_ entries: some Sequence<AuditEntry>) {
        for entry in entries {
            let transport = ("transport", entry.transport)
            // The first word: reasons are for the audit log.
            let outcome = entry.outcome.prefix { $0 != ":" }
            Counter(
                label: "linbo_requests_total",
                dimensions: [transport, ("decision", entry.decision), ("outcome", String(outcome))], factory: factory
            ).increment()
            guard let bytes = entry.bytes, outcome == "delivered" else { continue }
            Counter(label: "linbo_bytes_total", dimensions: [transport], factory: factory).increment(by: bytes)
            Timer(label: "linbo_request_seconds", dimensions: [transport], factory: factory)
                .recordMilliseconds(entry.duration ?? 0)
        }
    }

    /// A value of this moment.
    package func gauge(_ name: String, _ value: some BinaryInteger) {
        Meter(label: name, dimensions: [], factory: factory).set(value)
    }
}
