import API
import Glibc
package import Jobs

extension CommonOptions {
    private static let interval = Duration.milliseconds(300)

    /// Waits until a job is over, and shows how far it is on a terminal.
    /// - Throws: `Failure` if it is not over within `limit`; it goes on then.
    package func wait(for id: Int64, limit: Duration) async throws -> Job {
        let end = ContinuousClock.now + limit
        defer { Self.tell("") }
        while true {
            let job = try await ask(GetJob(id: id), quietly: true).job
            guard !job.state.isOver else { return job }
            guard ContinuousClock.now < end else {
                throw Failure(
                    "job \(id) is \(job.state.rawValue) still\(job.note.map { ": \($0)" } ?? ""); "
                        + "`linboctl jobs wait \(id)` waits on")
            }
            Self.tell("job \(id): " + (job.percent.map { "\($0) %" } ?? job.state.rawValue))
            try await Task.sleep(for: Self.interval)
        }
    }

    private static func tell(_ text: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        let line = Array("\r\(text)\u{1B}[K".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
