import Glibc
import HookHost
import HookStore
import LinboModel
import LinuxKit

/// What the state directory's disk has left for the database, which is where boot commands, keys and the audit log are
/// written.
struct StateDisk: Sendable {
    let bytes: Int64
    /// nil: this filesystem does not count them.
    let inodes: Int64?

    /// Below these nothing can be relied on: SQLite needs room for its own files, too.
    private static let fullBytes: Int64 = 4 << 20
    private static let fullInodes: Int64 = 16
    /// Below these somebody should look.
    private static let lowBytes: Int64 = 128 << 20
    private static let lowInodes: Int64 = 1000

    init(bytes: Int64, inodes: Int64?) {
        self.bytes = bytes
        self.inodes = inodes
    }

    /// - Parameter directory: if it is not there yet, the one that it will be made in counts.
    /// - Returns: nil if nobody can say.
    init?(at directory: String) {
        var space = statvfs()
        var parts = directory.split(separator: "/")[...]
        while statvfs("/" + parts.joined(separator: "/"), &space) != 0 {
            guard errno == ENOENT, parts.popLast() != nil else { return nil }
        }
        // Some filesystems keep a part for root.
        let isRoot = geteuid() == 0
        bytes = Int64(clamping: UInt64(isRoot ? space.f_bfree : space.f_bavail) * UInt64(space.f_frsize))
        inodes = space.f_files == 0 ? nil : Int64(clamping: UInt64(isRoot ? space.f_ffree : space.f_favail))
    }

    var isFull: Bool { bytes < Self.fullBytes || (inodes ?? .max) < Self.fullInodes }
    var isLow: Bool { bytes < Self.lowBytes || (inodes ?? .max) < Self.lowInodes }

    /// In words; nil if all is well.
    var sentence: String? {
        guard isFull || isLow else { return nil }
        let files = inodes.map { " and \($0) files" } ?? ""
        let state = isFull ? "full" : "nearly full"
        let head = "the disk of the state directory is \(state): room for \(bytes >> 20) MiB\(files)"
        return isFull ? head + "; boot commands and keys are held back, and rows of the audit log are lost" : head
    }
}

extension StateDisk {
    /// What keeps the database from being written, or soon will; at the setting's line.
    static func problems(_ config: Config) -> [Problem] {
        disk(config) + database(config)
    }

    private static func disk(_ config: Config) -> [Problem] {
        guard let disk = StateDisk(at: config.state), let sentence = disk.sentence else { return [] }
        return [
            Preflight.problem(
                config, "state", sentence,
                fix: "make space on the disk of \(config.state) (`df -h`, `df -i`), or set a smaller audit.max-size",
                disk.isFull ? .error : .warning)
        ]
    }

    /// A file that nobody can write to: a read-only filesystem, a wrong owner, an attribute.
    private static func database(_ config: Config) -> [Problem] {
        ["", "-wal", "-shm"].map { "\(config.state)/\(Store.fileName)\($0)" }.compactMap { file in
            guard access(file, W_OK) != 0, errno != ENOENT, errno != ENOTDIR, access(config.state, X_OK) == 0 else {
                return nil
            }
            return Preflight.problem(
                config, "state", "the database can't be written: \(SystemError("open", file))",
                fix: "run as root, or give the file to the user that the daemon runs as, and have its disk mounted rw")
        }
    }
}
