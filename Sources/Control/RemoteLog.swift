import Foundation
import Glibc
import Jobs
import LinboModel
import LinuxKit

/// What a PC says while it does an order, in the file where linbo-remote's callers look for it. Whoever gave the order
/// may have gone by then.
struct RemoteLog: Sendable {
    /// The job's, whose lines go into the file, too.
    let run: JobRun
    private let path: String

    private static let mode: mode_t = 0o644
    private static let longestLine = 1000

    /// Begins it anew, unless an earlier daemon has begun it for this order.
    /// - Returns: nil: the directory is not there, or the file can't be written; the job's own log has all of it.
    init?(of host: HostName, in directory: String, _ job: Job, _ run: JobRun) {
        guard FileStatus(followingLinks: directory)?.kind == .directory else { return nil }
        let path = "\(directory)/\(host).linbo-remote"
        let head =
            "### \(localTime(Int(UnixTime.now()))) \(printable(job.subject, most: Self.longestLine)) (job \(job.id))"
        do throws(SystemError) {
            try Self.append([head], to: path, anew: job.attempts <= 1)
        } catch {
            run.log("what it says is in this log alone: \(error)")
            return nil
        }
        self.path = path
        self.run = run.telling { try? Self.append($0, to: path) }
    }

    /// - Parameter words: what became of it.
    func end(_ words: String) {
        try? Self.append(["### \(localTime(Int(UnixTime.now()))) \(words)"], to: path)
    }

    private static func append(_ lines: [String], to path: String, anew: Bool = false) throws(SystemError) {
        let text = lines.map { printable($0, most: longestLine) + "\n" }.joined()
        try AppendedFile.append(Array(text.utf8), to: path, mode: mode, anew: anew, durably: false)
    }
}
