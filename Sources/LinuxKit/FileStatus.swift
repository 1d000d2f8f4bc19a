package import Glibc

/// What `lstat` says of a file, as far as the runtime cares.
package struct FileStatus: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case regular, directory, symlink, other
    }

    package let kind: Kind
    package let device: UInt64
    package let inode: UInt64
    package let size: Int64
    /// Seconds since 1970 and the nanoseconds behind them.
    package let modified: Int64
    package let modifiedNanoseconds: Int64
    package let accessed: Int64
    /// When the inode was changed last, a rename among it; nobody can set it.
    package let changed: Int64
    package let changedNanoseconds: Int64
    /// Permission bits, `07777`.
    package let mode: UInt32
    package let owner: UInt32
    package let group: UInt32
    /// How many names the file has.
    package let links: UInt64

    /// Does not follow a symlink. nil if there is nothing.
    package init?(at path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The same of a path that need not be UTF-8.
    package init?(atBytes path: [UInt8]) {
        var status = stat()
        guard lstat(path.map { CChar(bitPattern: $0) } + [0], &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of what a symlink leads to. nil, with `errno` set, if there is nothing.
    package init?(followingLinks path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    package init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symlink
        default: kind = .other
        }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec)
        modifiedNanoseconds = Int64(status.st_mtim.tv_nsec)
        accessed = Int64(status.st_atim.tv_sec)
        changed = Int64(status.st_ctim.tv_sec)
        changedNanoseconds = Int64(status.st_ctim.tv_nsec)
        mode = UInt32(status.st_mode & 0o7777)
        owner = UInt32(status.st_uid)
        group = UInt32(status.st_gid)
        links = UInt64(status.st_nlink)
    }

    package var isRegular: Bool { kind == .regular }
    package var isDirectory: Bool { kind == .directory }
    package var isSymlink: Bool { kind == .symlink }

    /// Whatever its name is.
    package func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    /// The same file with the same content, as far as `stat` can tell.
    package func isUnchanged(from other: FileStatus) -> Bool {
        isSameFile(as: other) && size == other.size && modified == other.modified
            && modifiedNanoseconds == other.modifiedNanoseconds
    }
}
