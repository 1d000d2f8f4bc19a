import Foundation
import LinuxKit
import Synchronization

/// What is worked on right now, a small file each: what the daemon died at again and again is left alone by the next
/// one.
///
/// A mark is made before the work and removed after it, so one that is there at start is of a process that died in
/// between. Once may be the kernel's doing, or an admin's `kill -9`: the work is done again. Twice is the work's: it is
/// set aside, until an admin says `linboctl images quarantine retry`. What does not count: a machine that went down
/// (its boot is another one), and a daemon that was told to end (`standDown`). So nothing is fsynced, and a mark costs
/// some fifty microseconds.
package final class WorkMarks: Sendable {
    /// What is worked on.
    package struct Work: Sendable, Hashable {
        /// Part of the mark's file name and of its title.
        package enum Kind: String, Sendable, Codable {
            /// An image set that has come, on its way into the tree.
            case set
            /// What a kill left half done of such a way.
            case swap
            /// The hashes of an image.
            case torrent
            /// A connection that ended without `post`.
            case connection
            /// A machine account.
            case account
        }

        /// What sort of work it is; `suspects` asks by it.
        package let kind: Kind
        /// As people know it, such as `win11.qcow2`.
        package let name: String
        /// Another version of the same is not suspected of anything.
        package let version: String

        /// - Parameter version: empty: there is one version only.
        package init(_ kind: Kind, _ name: String, version: String = "") {
            self.kind = kind
            self.name = name
            self.version = version
        }
    }

    /// Thrown instead of doing it once more.
    package struct SetAside: Error, Sendable, CustomStringConvertible {
        /// As it lay on disk.
        package let mark: WorkMark
        package var description: String { mark.reason }
    }

    /// So many daemons may die at one thing.
    package static let limit = 2

    private let directory: String
    private let own: String
    private let isEnding = Mutex(false)

    /// - Parameter state: the state directory.
    package init(state: String) {
        directory = "\(state)/work"
        own = (ConnectionID(process: getpid()) ?? ConnectionID(process: 1, started: 0)).description
    }

    // MARK: Around the work

    /// Does it, unless it is set aside. A mark that can't be written is no obstacle.
    /// - Throws: `SetAside`, or what `body` throws.
    package func during<Value>(_ work: Work, _ body: () async throws -> Value) async throws -> Value {
        try begin(work)
        defer { end(work) }
        return try await body()
    }

    /// The same for work that does not wait.
    package func during<Value>(_ work: Work, _ body: () throws -> Value) throws -> Value {
        try begin(work)
        defer { end(work) }
        return try body()
    }

    /// - Throws: `SetAside`
    package func begin(_ work: Work) throws(SetAside) {
        let earlier = WorkMark.read(path(of: work)).flatMap { $0.version == work.version ? $0 : nil }
        if let earlier, earlier.isSetAside { throw SetAside(mark: earlier) }
        isEnding.withLock { isEnding in
            guard !isEnding else { return }
            WorkMark(work, by: own, deaths: earlier?.deaths ?? 0).write(path(of: work))
        }
    }

    /// Takes the mark away: the work is done, or has failed without harm.
    package func end(_ work: Work) { unlink(path(of: work)) }

    /// The daemon is told to end: what is not done by then is not to blame if it is killed.
    package func standDown() {
        isEnding.withLock { isEnding in
            isEnding = true
            for (path, mark) in all() where mark.by == own { mark.left(deaths: mark.deaths, at: path) }
        }
    }

    // MARK: At start

    /// Counts what earlier processes of this machine's boot died at.
    /// - Returns: that, in sentences; and how long to wait before the like is done again, so that a daemon that dies
    ///   again and again has served clients in between.
    package func count(now: Int64 = UnixTime.now()) -> (sentences: [String], pause: Duration) {
        var sentences: [String] = []
        for (path, mark) in all() where !mark.isSetAside {
            guard let by = mark.by, ConnectionID(by)?.isAlive != true else { continue }
            guard mark.boot == WorkMark.currentBoot else {
                mark.left(deaths: mark.deaths, at: path)
                continue
            }
            mark.left(deaths: mark.deaths + 1, at: path)
            let then = mark.deaths + 1 < Self.limit ? "it is tried again" : "it is set aside"
            sentences.append("a daemon died while it was at \(mark.title), for the \(mark.deaths + 1). time: \(then)")
        }
        return (sentences, sentences.isEmpty ? .zero : pause(now))
    }

    /// Nothing after a first death; then 15 s, twice that each time, 10 minutes at most. Forgotten after an hour.
    private func pause(_ now: Int64) -> Duration {
        let path = "\(directory)/deaths"
        let words = (try? FileBytes.read(path, limit: 100).bytes).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let numbers = words.split(separator: " ").compactMap { Int64($0) }
        let isRecent =
            numbers.count == 2 && (0...3600).contains(now.subtractingReportingOverflow(numbers[1]).partialValue)
        let deaths = min(isRecent ? max(0, min(numbers[0], 100)) + 1 : 1, 100)
        try? AtomicFile.replace(path, with: Array("\(deaths) \(now)".utf8), mode: 0o600)
        return deaths < 2 ? .zero : .seconds(min(600, 15 << min(deaths - 2, 6)))
    }

    /// Whether a daemon died at something of this kind that is not set aside: then such work is better done one by one.
    package func suspects(_ kind: Work.Kind) -> Bool {
        all().contains { $0.mark.kind == kind && $0.mark.deaths > 0 && !$0.mark.isSetAside }
    }

    // MARK: For admins

    /// What is set aside, oldest first.
    package func setAside() -> [WorkMark] {
        all().map(\.mark).filter(\.isSetAside).sorted { ($0.at, $0.title) < ($1.at, $1.title) }
    }

    /// Forgets what is known of something, by its title: it is done again when it is due.
    /// - Returns: false if nothing is known.
    package func forget(_ title: String) -> Bool {
        let found = all().filter { $0.mark.title == title }
        for (path, _) in found { unlink(path) }
        return !found.isEmpty
    }

    private func all() -> [(path: String, mark: WorkMark)] {
        FileTree.names(in: directory).compactMap { name in
            WorkMark.read("\(directory)/\(name)").map { ("\(directory)/\(name)", $0) }
        }
    }

    /// One file a name, whatever stands in it.
    private func path(of work: Work) -> String {
        let name = work.name.replacing("%", with: "%25").replacing("/", with: "%2F")
        return "\(directory)/\(work.kind.rawValue) \(String(decoding: name.utf8.suffix(200), as: UTF8.self)).mark"
    }
}
