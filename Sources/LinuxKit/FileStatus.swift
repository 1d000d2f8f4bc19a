package import Glibc

/// What `lstat` says of a file, as far as the runtime cares.
package struct FileStatus: Sendable, Hashable {
    /// What a file can be; sockets, pipes and devices are `other`.
    package enum Kind: Sendable, Hashable {
        case regular, directory, symlink, other
    }

    /// Of the link itself, unless links were followed.
    package let kind: Kind
    /// `st_dev`.
    package let device: UInt64
    /// `st_ino`; with `device` it names the file.
    package let inode: UInt64
    /// In bytes; of a symlink, the length of its target.
    package let size: Int64
    /// Seconds since 1970 and the nanoseconds behind them.
    package let modified: Int64
    /// 0 to 999,999,999, behind `modified`.
    package let modifiedNanoseconds: Int64
    /// Seconds since 1970; filesystems that are mounted `noatime` do not keep it.
    package let accessed: Int64
    /// When the inode was changed last, a rename among it; nobody can set it.
    package let changed: Int64
    /// 0 to 999,999,999, behind `changed`.
    package let changedNanoseconds: Int64
    /// Permission bits, `07777`.
    package let mode: UInt32
    /// User id.
    package let owner: UInt32
    /// Group id.
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

    /// Of an open file. nil, with `errno` set, if fstat(2) fails.
    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Of what a system call filled in already.
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

    /// Not a directory, symlink, socket, pipe or device.
    package var isRegular: Bool { kind == .regular }
    /// A symlink to one is none, unless links were followed.
    package var isDirectory: Bool { kind == .directory }
    /// Never, if links were followed.
    package var isSymlink: Bool { kind == .symlink }

    /// Whatever its name is.
    package func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    /// The same file with the same content, as far as `stat` can tell.
    package func isUnchanged(from other: FileStatus) -> Bool {
        isSameFile(as: other) && size == other.size && modified == other.modified
            && modifiedNanoseconds == other.modifiedNanoseconds
    }
}
