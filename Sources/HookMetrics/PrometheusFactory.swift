package import CoreMetrics
import Synchronization

/// A backend of swift-metrics whose values are read as text in Prometheus's exposition format 0.0.4.
package final class PrometheusFactory: MetricsFactory {
    private struct Key: Hashable {
        let name: String
        let labels: String
    }

    private let series = Mutex<[Key: any Series]>([:])

    /// Without series: each comes with its first value.
    package init() {}

    /// All series, by name.
    package func text() -> String {
        let all = series.withLock { $0 }
        let names = Dictionary(grouping: all.keys, by: \.name)
        return names.keys.sorted().map { name in
            let keys = (names[name] ?? []).sorted { $0.labels < $1.labels }
            let kind = keys.first.flatMap { all[$0]?.kind } ?? "untyped"
            let lines = keys.flatMap { key in all[key]?.lines(name, key.labels) ?? [] }
            return "# TYPE \(name) \(kind)\n" + lines.map { $0 + "\n" }.joined()
        }.joined()
    }

    /// Prometheus' type `counter`.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        made(label, dimensions) { CountSeries() }
    }

    /// Prometheus' type `gauge`.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        made(label, dimensions) { GaugeSeries() }
    }

    /// Prometheus' type `histogram`, whatever `aggregate` says.
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        made(label, dimensions) { HistogramSeries() }
    }

    /// Prometheus' type `histogram`, in seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        made(label, dimensions) { HistogramSeries() }
    }

    /// Nothing: series live as long as the daemon.
    package func destroyCounter(_ handler: any CounterHandler) {}
    /// Nothing, as for counters.
    package func destroyMeter(_ handler: any MeterHandler) {}
    /// Nothing, as for counters.
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Nothing, as for counters.
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// The same name and labels are the same series.
    private func made<Made: Series>(_ name: String, _ dimensions: [(String, String)], _ make: () -> Made) -> Made {
        let key = Key(name: name, labels: Self.labels(dimensions))
        return series.withLock { series in
            if let known = series[key] as? Made { return known }
            let new = make()
            series[key] = new
            return new
        }
    }

    /// `a="b",c="d"`; quotes, backslashes and line ends in values are escaped.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { name, value in
            let escaped = value.map { character in
                switch character {
                case "\\": "\\\\"
                case "\"": "\\\""
                case "\n": "\\n"
                default: String(character)
                }
            }.joined()
            return "\(name)=\"\(escaped)\""
        }.joined(separator: ",")
    }
}
