import Synchronization

/// How far hashing is, told from any of its threads, and the way to end it.
package final class HashProgress: Sendable {
    private let done = Atomic<Int64>(0)
    private let cancelled = Atomic(false)
    private let report: @Sendable (Int64) -> Void

    /// - Parameter report: gets the bytes that are done, after each piece.
    package init(_ report: @escaping @Sendable (Int64) -> Void = { _ in }) {
        self.report = report
    }

    package var bytes: Int64 { done.load(ordering: .relaxed) }
    package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    package func cancel() {
        cancelled.store(true, ordering: .relaxed)
    }

    func advance(by count: Int) {
        report(done.add(Int64(count), ordering: .relaxed).newValue)
    }
}
