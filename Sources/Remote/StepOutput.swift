import Jobs
import Synchronization

/// The output of a command on its way into the job's log, some lines at a time: a transaction for each would take longer
/// than the command.
final class StepOutput: Sendable {
    private let lines = Mutex(OutputLines())
    private let run: JobRun
    private let position: Int
    private let count: Int
    private let secret: String?

    /// - Parameters:
    ///   - position: of the command among all `count` of the order.
    ///   - secret: is in no line.
    init(_ run: JobRun, _ position: Int, of count: Int, hiding secret: String?) {
        (self.run, self.position, self.count, self.secret) = (run, position, count, secret)
    }

    /// Called on the loop of all connections.
    func add(_ bytes: ArraySlice<UInt8>) { lines.withLock { $0.add(bytes) } }

    /// Hands on what comes, until the task is cancelled.
    func feed() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(500))
            hand()
        }
    }

    /// Hands on the rest.
    func finish() {
        lines.withLock { $0.finish() }
        hand()
    }

    private func hand() {
        let (lines, percent) = lines.withLock { $0.take() }
        run.log(
            secret.map { secret in
                lines.map { $0.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "*****") }
            } ?? lines)
        if let percent { run.progress((position * 100 + percent) / max(1, count)) }
    }
}
