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

    /// How many are done, of the whole file.
    package var bytes: Int64 { done.load(ordering: .relaxed) }
    /// Whether `cancel` was called; hashing ends before its next piece then.
    package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    /// Has hashing throw `.cancelled`, soon; from any thread, and for good.
    package func cancel() {
        cancelled.store(true, ordering: .relaxed)
    }

    func advance(by count: Int) {
        report(done.add(Int64(count), ordering: .relaxed).newValue)
    }
}
