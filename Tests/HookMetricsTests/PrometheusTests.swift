import HookStore
import LinboModel
import Testing

@testable import HookMetrics

@Suite("Metrics as text")
struct PrometheusTests {
    private func entry(_ transport: String, _ decision: String, _ outcome: String, bytes: Int64?) -> AuditEntry {
        AuditEntry(
            at: 0, transport: transport, connection: "1@1", address: "10.0.0.1", host: nil, path: "a", intent: "fetch",
            decision: Decision(rawValue: decision), outcome: OutcomeWord(rawValue: outcome), bytes: bytes,
            duration: 30)
    }

    @Test func requestsAreCountedByTransportDecisionAndOutcome() {
        let factory = PrometheusFactory()
        let metrics = RequestMetrics(factory)
        metrics.observe([
            entry("tftp", "plain", "delivered", bytes: 100), entry("tftp", "plain", "delivered", bytes: 50),
            entry("rsync", "made", "failed: the client went away", bytes: 9),
        ])
        metrics.gauge(Gauge("linbo_tftp_transfers", 3, labels: [("phase", "grub")]))
        let text = factory.text()
        #expect(text.contains("# TYPE linbo_requests_total counter\n"))
        #expect(
            text.contains("linbo_requests_total{transport=\"tftp\",decision=\"plain\",outcome=\"delivered\"} 2\n"))
        #expect(text.contains("linbo_requests_total{transport=\"rsync\",decision=\"made\",outcome=\"failed\"} 1\n"))
        #expect(text.contains("linbo_bytes_total{transport=\"tftp\"} 150\n"))
        #expect(text.contains("linbo_request_seconds_bucket{transport=\"tftp\",le=\"0.025\"} 0\n"))
        #expect(text.contains("linbo_request_seconds_bucket{transport=\"tftp\",le=\"0.1\"} 2\n"))
        #expect(text.contains("linbo_request_seconds_count{transport=\"tftp\"} 2\n"))
        #expect(text.contains("# TYPE linbo_tftp_transfers gauge\nlinbo_tftp_transfers{phase=\"grub\"} 3.0\n"))
    }

    @Test func labelsAreEscaped() {
        #expect(PrometheusFactory.labels([("a", "x\"y\\z\n"), ("b", "c")]) == #"a="x\"y\\z\n",b="c""#)
    }
}
