import CoreMetrics
import Synchronization

/// Values of one name and one set of labels.
protocol Series: Sendable {
    /// In Prometheus's words.
    var kind: String { get }
    func lines(_ name: String, _ labels: String) -> [String]
}

private func sample(_ name: String, _ labels: String, _ value: String) -> String {
    labels.isEmpty ? "\(name) \(value)" : "\(name){\(labels)} \(value)"
}

final class CountSeries: Series, CounterHandler {
    private let count = Atomic<Int64>(0)

    var kind: String { "counter" }

    func increment(by amount: Int64) { count.add(amount, ordering: .relaxed) }
    func reset() { count.store(0, ordering: .relaxed) }

    func lines(_ name: String, _ labels: String) -> [String] {
        [sample(name, labels, String(count.load(ordering: .relaxed)))]
    }
}

final class GaugeSeries: Series, MeterHandler {
    private let value = Mutex(0.0)

    var kind: String { "gauge" }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func lines(_ name: String, _ labels: String) -> [String] {
        [sample(name, labels, "\(value.withLock { $0 })")]
    }
}

/// Seconds, for timers; any number, for recorders.
final class HistogramSeries: Series, TimerHandler, RecorderHandler {
    /// From a cached small file to an image.
    static let bounds: [Double] = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600]

    private struct State {
        var counts = [Int](repeating: 0, count: HistogramSeries.bounds.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    var kind: String { "histogram" }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let place = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.counts[place] += 1
            state.sum += value
        }
    }

    func lines(_ name: String, _ labels: String) -> [String] {
        let state = state.withLock { $0 }
        var total = 0
        var lines: [String] = []
        for (bound, count) in zip(Self.bounds.map { "\($0)" } + ["+Inf"], state.counts) {
            total += count
            let own = labels.isEmpty ? "le=\"\(bound)\"" : "\(labels),le=\"\(bound)\""
            lines.append(sample("\(name)_bucket", own, String(total)))
        }
        return lines + [sample("\(name)_sum", labels, "\(state.sum)"), sample("\(name)_count", labels, String(total))]
    }
}
