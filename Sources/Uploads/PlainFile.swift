import Glibc
import HookHost

/// A file that belongs to no image: it takes the live one's place by one rename.
struct PlainFile {
    let path: TreePath
    private let target: String

    /// As rsync gives what LINBO clients upload (contract §8).
    static let mode: mode_t = 0o664

    /// - Throws: `Refusal` if nothing can be uploaded there.
    init(_ path: TreePath, in tree: Tree) throws(Refusal) {
        guard let (canonical, _) = tree.canonical(path) else { throw Refusal("a link on the way leaves the tree") }
        let target = tree.absolute(canonical)
        guard FileStatus(at: tree.absolute(canonical.parent))?.kind == .folder else {
            throw Refusal("there is no folder \(canonical.parent)")
        }
        switch tree.content(at: canonical) {
        case .file, .nothing(.missing): break
        case .nothing(.hidden(let reason)): throw Refusal("\(canonical): \(reason)")
        case .folder: throw Refusal("\(canonical) is a folder: name the file")
        case .link, .made: throw Refusal("\(canonical) is a link: name the file that it leads to")
        }
        self.path = canonical
        self.target = target
    }

    /// Brings a received file to its place.
    func take(_ file: String) throws(SystemError) {
        try Settled.settle(file, mode: Self.mode)
        guard rename(file, target) == 0 else { throw SystemError("rename to", target) }
        try SafeFile.syncFolder(of: target)
    }
}

/// A file as it shall go live: of the daemon's own user, whatever the client's rsync set, and on disk.
enum Settled {
    static func settle(_ file: String, mode: mode_t) throws(SystemError) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError("open", file) }
        defer { close(descriptor) }
        guard fchown(descriptor, geteuid(), getegid()) == 0 else { throw SystemError("fchown", file) }
        guard fchmod(descriptor, mode) == 0 else { throw SystemError("fchmod", file) }
        guard fsync(descriptor) == 0 else { throw SystemError("fsync", file) }
    }

    /// Gives a file the time of another one if it is older.
    static func notOlder(_ file: String, than other: FileStatus) throws(SystemError) {
        guard let status = FileStatus(at: file), status.modified < other.modified + 1 else { return }
        let times = [
            timespec(tv_sec: Int(other.modified) + 1, tv_nsec: 0),
            timespec(tv_sec: Int(other.modified) + 1, tv_nsec: 0),
        ]
        guard utimensat(AT_FDCWD, file, times, AT_SYMLINK_NOFOLLOW) == 0 else { throw SystemError("utimensat", file) }
    }
}
