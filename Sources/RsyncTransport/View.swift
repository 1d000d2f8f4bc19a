import Glibc
import HookHost
import HookWire
import LinuxKit

/// One client's directory: what lies in it is what rsyncd can send to that client, and nothing else.
///
/// Everything appears by a rename or a hard link, whole, since another connection of the client may read the directory
/// at the same time.
struct View: Sendable {
    let root: String
    let paths: ViewPaths
    /// The group that rsyncd's module runs as; what is made for a client is readable by it and no one else.
    let group: gid_t?

    init(address: String, paths: ViewPaths, group: gid_t?) {
        root = paths.view(of: address)
        self.paths = paths
        self.group = group
    }

    func absolute(_ path: TreePath) -> String {
        path.isRoot ? root : "\(root)/\(path.text)"
    }

    func status(of path: TreePath) -> FileStatus? {
        FileStatus(at: absolute(path))
    }

    func names(in directory: TreePath) -> [String] {
        FileTree.bytesOfNames(in: Array(absolute(directory).utf8)).compactMap { String(validating: $0, as: UTF8.self) }
    }

    /// A hard link to the tree's own file.
    func place(_ file: TreeFile, at path: TreePath) throws(SystemError) {
        let code = withParents(of: path) { linkat(AT_FDCWD, file.absolutePath, AT_FDCWD, absolute(path), 0) }
        if code == 0 { return }
        guard code == EEXIST else { throw SystemError("link", file.absolutePath, code: code) }
        if let placed = status(of: path), placed.device == file.status.device, placed.inode == file.status.inode {
            return
        }
        try replace(path) { temporary throws(SystemError) in
            guard linkat(AT_FDCWD, file.absolutePath, AT_FDCWD, temporary, 0) == 0 else {
                throw SystemError("link", file.absolutePath)
            }
        }
    }

    /// A file with bytes of this client's own. Its access time is 1970 until somebody reads it (`wasRead`).
    func place(_ made: MadeContent, at path: TreePath) throws(SystemError) {
        try replace(path) { temporary throws(SystemError) in
            try create(temporary, modified: made.modified, group: group) { descriptor throws(SystemError) in
                try AtomicFile.writeAll(made.bytes, to: descriptor, path: temporary)
            }
        }
    }

    /// For a dry run or a listing: name, size and time of what would be sent, without its bytes. rsyncd can't read it,
    /// so that another connection of the client that comes upon it is sent nothing, rather than zeros.
    func placeOutline(of made: MadeContent, at path: TreePath) throws(SystemError) {
        if let placed = status(of: path), placed.kind == .regular {
            // What may be delivered once is on its way to another connection.
            if made.isOneShot || (placed.size == made.bytes.count && placed.modified == made.modified) { return }
        }
        try replace(path) { temporary throws(SystemError) in
            try create(temporary, modified: made.modified, group: nil) { descriptor throws(SystemError) in
                guard ftruncate(descriptor, off_t(made.bytes.count)) == 0 else {
                    throw SystemError("ftruncate", temporary)
                }
            }
        }
    }

    func placeLink(at path: TreePath, text: String) throws(SystemError) {
        try replace(path) { temporary throws(SystemError) in
            guard symlink(text, temporary) == 0 else { throw SystemError("symlink", temporary) }
        }
    }

    func makeDirectory(at path: TreePath) throws(SystemError) {
        if status(of: path)?.kind == .directory { return }
        let code = withParents(of: path) { mkdir(absolute(path), 0o755) }
        guard code == EEXIST, status(of: path)?.kind != .directory else {
            guard code == 0 || code == EEXIST else { throw SystemError("mkdir", absolute(path), code: code) }
            return
        }
        FileTree.remove(absolute(path))
        guard mkdir(absolute(path), 0o755) == 0 else { throw SystemError("mkdir", absolute(path)) }
    }

    /// Gives a directory the owner, mode and times of the tree's, once all is in it: clients copy them.
    func finish(_ path: TreePath, as status: FileStatus) {
        Self.finish(absolute(path), as: status)
    }

    static func finish(_ directory: UnsafePointer<CChar>, as status: FileStatus) {
        if geteuid() == 0 { lchown(directory, status.owner, status.group) }
        // A daemon that is not root must still be able to remove what is in it.
        let mode = mode_t(geteuid() == 0 ? status.mode : status.mode | 0o700)
        // Another connection may have put a link in its place, and that can lead to a file of the tree.
        fchmodat(AT_FDCWD, directory, mode, AT_SYMLINK_NOFOLLOW)
        let modified = timespec(tv_sec: Int(status.modified), tv_nsec: Int(status.modifiedNanoseconds))
        let times = [modified, modified]
        utimensat(AT_FDCWD, directory, times, AT_SYMLINK_NOFOLLOW)
    }

    func remove(_ path: TreePath) {
        FileTree.remove(absolute(path))
    }

    /// Whether a made file was read since it was placed; true in doubt.
    func wasRead(_ path: TreePath) -> Bool {
        guard let status = status(of: path), status.kind == .regular, status.accessed == 0 else { return true }
        return !Disk.keepsAccessTimes(in: paths.temporary)
    }
}

// MARK: - Steps

extension View {
    /// Runs a call that returns 0, and once more with the directories above made if they are missing.
    /// - Returns: 0 or `errno`.
    private func withParents(of path: TreePath, _ call: () -> Int32) -> Int32 {
        if call() == 0 { return 0 }
        // Where a directory shall be, an earlier connection may have left links in a circle.
        guard [ENOENT, ENOTDIR, ELOOP].contains(errno), !path.parent.isRoot else { return errno }
        do throws(SystemError) {
            try makeDirectory(at: path.parent)
        } catch {
            return error.code
        }
        return call() == 0 ? 0 : errno
    }

    private func replace(_ path: TreePath, _ make: (String) throws(SystemError) -> Void) throws(SystemError) {
        let temporary = Disk.uniqueName(in: paths.temporary)
        try make(temporary)
        var code = withParents(of: path) { rename(temporary, absolute(path)) }
        if code == EISDIR || code == ENOTEMPTY || code == EEXIST {
            FileTree.remove(absolute(path))
            code = rename(temporary, absolute(path)) == 0 ? 0 : errno
        }
        // rename(2) of two names of one file does nothing and keeps both.
        unlink(temporary)
        guard code == 0 else { throw SystemError("rename", absolute(path), code: code) }
    }

    private func create(
        _ path: String, modified: Int64, group: gid_t?, _ fill: (Int32) throws(SystemError) -> Void
    ) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemError("open", path) }
        defer { close(descriptor) }
        do throws(SystemError) {
            try fill(descriptor)
            if let group, fchown(descriptor, uid_t.max, group) != 0 { throw SystemError("chown", path) }
            guard fchmod(descriptor, 0o640) == 0 else { throw SystemError("chmod", path) }
            let times = [timespec(tv_sec: 0, tv_nsec: 0), timespec(tv_sec: Int(modified), tv_nsec: 0)]
            guard futimens(descriptor, times) == 0 else { throw SystemError("utimens", path) }
        } catch {
            unlink(path)
            throw error
        }
    }
}
