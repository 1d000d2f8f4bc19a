import CLinux
import Glibc
import HookHost
import LinuxKit

/// A file that belongs to no image: it takes the live one's place by one rename.
struct PlainFile {
    let path: TreePath
    private let target: String

    /// As rsync gives what LINBO clients upload (docs/linbo.md#what-is-uploaded).
    static let mode: mode_t = 0o664

    /// - Throws: `Refusal` if nothing can be uploaded there.
    init(_ path: TreePath, in tree: Tree) throws(Refusal) {
        let canonical: TreePath
        do {
            canonical = try tree.canonical(path).path
        } catch {
            throw Refusal("\(path): \(error.reason)")
        }
        let target = tree.absolute(canonical)
        guard FileStatus(at: tree.absolute(canonical.parent))?.kind == .directory else {
            throw Refusal("there is no directory \(canonical.parent)")
        }
        switch tree.content(at: canonical) {
        case .file, .nothing(.missing): break
        case .nothing(.hidden(let reason)), .nothing(.refused(let reason)): throw Refusal("\(canonical): \(reason)")
        case .directory: throw Refusal("\(canonical) is a directory: name the file")
        case .link, .made: throw Refusal("\(canonical) is a link: name the file that it leads to")
        }
        self.path = canonical
        self.target = target
    }

    /// Brings a received file to its place.
    /// - Parameter place: on the way, where rsyncd can't reach it.
    /// - Returns: its size.
    /// - Throws: `Refusal`, and it is gone; `SystemError`.
    func take(_ file: String, by place: String, _ backups: ISOBackups) throws -> Int64 {
        let status = try Received.claim(file, at: place)
        do {
            guard status.size <= backups.settings.isoSize else {
                throw Refusal(
                    "it has \(status.size) bytes; \(backups.settings.isoSize) is the limit (uploads.iso-size)")
            }
            try backups.checkRoom()
            try OwnFault.refused {
                try ISOCheck.check(place)
                try Settled.settle(place, mode: Self.mode)
            }
        } catch let refusal as Refusal {
            unlink(place)
            throw refusal
        }
        try backups.add(target)
        guard rename(place, target) == 0 else { throw SystemError("rename to", target) }
        try AtomicFile.syncDirectory(of: target)
        return status.size
    }
}

/// A file as it shall go live: of the daemon's own user, whatever the client's rsync set, and on disk.
enum Settled {
    /// Seconds since 1970: up to 2200. Clients choose the time of what they upload, and there is arithmetic to do with
    /// it.
    static let times: ClosedRange<Int64> = 0...7_258_118_400

    /// Access control lists and attributes that rsync's `-A` and `-X` brought go, and so does a time out of all reason.
    static func settle(_ file: String, mode: mode_t) throws(SystemError) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError("open", file) }
        defer { close(descriptor) }
        guard let status = FileStatus(descriptor: descriptor) else { throw SystemError("fstat", file) }
        // First, as the kernel takes capabilities off with it: to take them off by name needs rights that we don't
        // have.
        guard fchown(descriptor, geteuid(), getegid()) == 0 else { throw SystemError("fchown", file) }
        guard clinux_remove_attributes(descriptor) == 0 else { throw SystemError("fremovexattr", file) }
        if !times.contains(status.modified) {
            guard futimens(descriptor, nil) == 0 else { throw SystemError("futimens", file) }
        }
        guard fchmod(descriptor, mode) == 0 else { throw SystemError("fchmod", file) }
        guard fsync(descriptor) == 0 else { throw SystemError("fsync", file) }
    }

    /// Gives a file the time of another one if it is older.
    static func notOlder(_ file: String, than other: FileStatus) throws(SystemError) {
        guard let status = FileStatus(at: file), status.modified <= other.modified else { return }
        let time = timespec(tv_sec: Int(min(other.modified, .max - 1)) + 1, tv_nsec: 0)
        let times = [time, time]
        guard utimensat(AT_FDCWD, file, times, AT_SYMLINK_NOFOLLOW) == 0 else { throw SystemError("utimensat", file) }
    }
}
