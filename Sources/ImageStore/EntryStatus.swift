import Glibc

/// What `fstatat` says of an entry, symlinks not followed.
struct EntryStatus: Sendable {
    let isRegular: Bool
    let isFolder: Bool
    let isSymlink: Bool
    let device: UInt64
    let inode: UInt64
    /// How many names it has.
    let links: Int
    let size: Int64
    /// Seconds since 1970.
    let modified: Int64
    let modifiedNanoseconds: Int64
    let mode: mode_t
    let owner: uid_t
    let group: gid_t

    init(_ status: stat) {
        let kind = status.st_mode & S_IFMT
        isRegular = kind == S_IFREG
        isFolder = kind == S_IFDIR
        isSymlink = kind == S_IFLNK
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        links = Int(status.st_nlink)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec)
        modifiedNanoseconds = Int64(status.st_mtim.tv_nsec)
        mode = status.st_mode & 0o7777
        owner = status.st_uid
        group = status.st_gid
    }

    /// nil if there is nothing.
    init?(at path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    func isSameFile(as other: EntryStatus) -> Bool { device == other.device && inode == other.inode }

    func isUnchanged(from other: EntryStatus) -> Bool {
        isSameFile(as: other) && size == other.size && modified == other.modified
            && modifiedNanoseconds == other.modifiedNanoseconds
    }
}
