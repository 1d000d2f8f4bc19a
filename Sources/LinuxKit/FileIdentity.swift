/// Which file this is, and which version of it, as far as `stat` can tell. No ctime: a hard link changes that.
package struct FileIdentity: Sendable, Hashable {
    /// `st_dev`: two files may share an inode number on two filesystems.
    package let device: UInt64
    /// `st_ino`.
    package let inode: UInt64
    /// Bytes.
    package let size: Int64
    /// Seconds since 1970, and the nanoseconds behind them.
    package let modified: Int64
    /// 0 to 999,999,999.
    package let modifiedNanoseconds: Int64

    /// Of a status that was read already, of whatever kind the file is.
    package init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
        size = status.size
        modified = status.modified
        modifiedNanoseconds = status.modifiedNanoseconds
    }

    /// Of a regular file, wherever links lead; nil if there is none.
    package init?(ofFileAt path: String) {
        guard let status = FileStatus(followingLinks: path), status.kind == .regular else { return nil }
        self.init(status)
    }
}
