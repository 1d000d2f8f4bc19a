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

    /// Shows a value of this moment.
    package func gauge(_ gauge: Gauge) {
        Meter(label: gauge.name, dimensions: gauge.labels, factory: factory).set(gauge.value)
    }
}

/// A value that is looked up when somebody asks.
package struct Gauge: Sendable {
    let name: String
    let labels: [(String, String)]
    let value: Int64

    /// - Parameters:
    ///   - name: as Prometheus has it, with its unit at the end.
    ///   - labels: what tells it apart from others of that name.
    package init(_ name: String, _ value: some BinaryInteger, labels: [(String, String)] = []) {
        (self.name, self.labels, self.value) = (name, labels, Int64(clamping: value))
    }
}
