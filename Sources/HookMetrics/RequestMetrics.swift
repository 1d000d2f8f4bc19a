import CoreMetrics
package import HookStore
import LinboModel
import Metrics

/// Counts requests of all transports, as they come to the audit log.
package struct RequestMetrics: Sendable {
    private let factory: PrometheusFactory

    /// - Parameter factory: where `MetricsServer` finds the series.
    package init(_ factory: PrometheusFactory) {
        self.factory = factory
    }

    /// - Parameter entries: rows as they were written; what `AuditWriter` lost or summed up is not counted.
    package func observe(_ entries: some Sequence<AuditEntry>) {
        for entry in entries {
            let transport = ("transport", entry.transport)
            Counter(
                label: "linbo_requests_total",
                dimensions: [transport, ("decision", entry.decision.rawValue), ("outcome", entry.outcome.word)],
                factory: factory
            ).increment()
            guard let bytes = entry.bytes, entry.outcome == .delivered else { continue }
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
