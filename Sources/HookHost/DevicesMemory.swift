import Foundation
import LinboModel
import LinuxKit

/// What the daemon remembers of each school's devices.csv over a restart: its last good version, for when the file is
/// gone or broken, and how many hosts it had, to see when many are missing.
final class DevicesMemory: Sendable {
    /// Such as `/var/lib/linbo-hookd/devices`.
    private let directory: String

    private static let limit = 64 << 20
    /// A loss is told for so long; seconds.
    private static let patience: Int64 = 86_400 * 7

    struct Count: Codable, Equatable {
        var hosts: Int
        /// Of the file; seconds since 1970.
        var modified: Int
        /// How many there were before more than a tenth of them went.
        var before: Int?
        /// When that was seen.
        var since: Int64?
    }

    init(state: String) {
        directory = "\(state)/devices"
    }

    // MARK: Last good versions

    /// By path of the file.
    func lastGood(_ files: [DevicesSource.SchoolFile]) -> LoadedDevices {
        LoadedDevices(
            remembered: files.compactMap { file in
                guard let (bytes, status) = try? FileBytes.read(copy(of: file.school), limit: Self.limit) else {
                    return nil
                }
                return (file, bytes, Int(status.modified))
            })
    }

    /// Keeps what is whole and has hosts.
    /// - Throws: `SystemError`.
    func keep(_ loaded: LoadedDevices) throws {
        var counts = counts()
        let before = counts
        for (path, file) in loaded.files where !file.isKept && file.damage == nil && !file.hosts.isEmpty {
            guard let status = FileStatus(followingLinks: path) else { continue }
            let modified = Int(status.modified)
            guard counts[path]?.modified != modified || counts[path]?.hosts != file.hosts.count,
                let bytes = try? FileBytes.read(followingLinks: path, limit: Self.limit)
            else { continue }
            let parsed = Devices.parse(bytes, file: path, school: file.school)
            guard parsed.damage == nil, !parsed.hosts.isEmpty else { continue }
            try FileTree.makeDirectory(directory, mode: 0o700)
            try AtomicFile.replace(copy(of: file.school), with: bytes, mode: 0o600)
            counts[path] = next(after: counts[path], hosts: parsed.hosts.count, modified)
        }
        if counts != before {
            try AtomicFile.replace(
                "\(directory)/counts.json", with: Array(try JSONEncoder().encode(counts)), mode: 0o600)
        }
    }

    private func next(after old: Count?, hosts: Int, _ modified: Int) -> Count {
        guard let old else { return Count(hosts: hosts, modified: modified) }
        let most = old.before ?? old.hosts
        guard Self.isLoss(hosts, of: most) else { return Count(hosts: hosts, modified: modified) }
        return Count(hosts: hosts, modified: modified, before: most, since: old.since ?? UnixTime.now())
    }

    private func copy(of school: SchoolName) -> String { "\(directory)/\(school).csv" }

    // MARK: Losses

    /// Files that have lost more than a tenth of their hosts.
    func losses(_ loaded: LoadedDevices) -> [Problem] {
        let counts = counts()
        return loaded.files.sorted { $0.key < $1.key }.compactMap { path, file in
            guard let count = counts[path], !file.isKept else { return nil }
            let most = count.before ?? count.hosts
            guard Self.isLoss(file.hosts.count, of: most),
                UnixTime.now() - (count.since ?? UnixTime.now()) < Self.patience
            else { return nil }
            return Problem(
                location: SourceLocation(file: path, line: 1),
                what: "\(file.hosts.count) hosts, and there were \(most): more than a tenth are gone",
                fix: "restore the file if that was not meant; this is told for a week", severity: .warning)
        }
    }

    private static func isLoss(_ hosts: Int, of most: Int) -> Bool { hosts * 10 < most * 9 }

    /// What can be true of what stands there: arithmetic with other numbers would end the daemon.
    private func counts() -> [String: Count] {
        guard let (bytes, _) = try? FileBytes.read("\(directory)/counts.json", limit: 1 << 20) else { return [:] }
        let counts = (try? JSONDecoder().decode([String: Count].self, from: Data(bytes))) ?? [:]
        return counts.filter { _, count in
            (0...Self.limit).contains(count.hosts) && (0...Self.limit).contains(count.before ?? 0)
                && count.since.map { $0 >= 0 } ?? true
        }
    }
}
