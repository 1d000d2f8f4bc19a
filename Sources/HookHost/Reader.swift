package import Glibc
package import LinuxKit

/// As whom files of the tree are read: the daemon is root and could read all, but what the plain server would refuse is
/// refused here, too.
package struct Reader: Sendable, Hashable {
    /// nil: nobody whom a file could belong to.
    private let user: uid_t?
    private let groups: Set<gid_t>

    /// - Parameter user: 0 reads all.
    package init(user: uid_t, groups: Set<gid_t>) {
        self.user = user
        self.groups = groups
    }

    private init() {
        user = nil
        groups = []
    }

    /// Whoever is neither a file's owner nor in its group: what tftpd-hpa serves.
    package static let others = Reader()

    /// This process itself.
    package static let own = Reader(user: geteuid(), groups: [getegid()])

    /// Root reads all.
    var isRoot: Bool { user == 0 }

    /// Whether the file's mode lets it be read; the directories above are not looked at.
    package func mayRead(_ status: FileStatus) -> Bool { has(4, status) }

    /// Whether what lies in a directory can be reached.
    package func maySearch(_ directory: FileStatus) -> Bool { has(1, directory) }

    /// path_resolution(7): the owner's bits are for the owner alone, whatever the others' are.
    private func has(_ bit: UInt32, _ status: FileStatus) -> Bool {
        if isRoot { return true }
        if status.owner == user { return status.mode >> 6 & bit != 0 }
        if groups.contains(status.group) { return status.mode >> 3 & bit != 0 }
        return status.mode & bit != 0
    }
}

/// Who reads for which transport.
package struct Readers: Sendable {
    /// As whom rsyncd serves files: `rsync.user` and `rsync.group`.
    package let rsync: Reader
    /// As whom plain tftpd-hpa would serve them.
    package let tftp: Reader

    /// One for each transport.
    package init(rsync: Reader, tftp: Reader) {
        self.rsync = rsync
        self.tftp = tftp
    }

    /// Whatever the process can read.
    package static let unbound = Readers(
        rsync: Reader(user: 0, groups: []), tftp: Reader(user: 0, groups: []))

    subscript(transport: Transport) -> Reader {
        switch transport {
        case .rsync: rsync
        case .tftp: tftp
        }
    }
}

extension Tree {
    /// What lies at a path, as far as somebody may read it.
    func content(at path: TreePath, for reader: Reader) -> Content {
        let content = content(at: path)
        switch content {
        case .file(let file):
            guard !reader.isRoot else { return content }
            guard reader.mayRead(file.status) else { return .unreadable(path) }
        case .directory, .link: guard !reader.isRoot else { return content }
        case .made, .nothing: return content
        }
        return closedDirectory(above: path, for: reader).map { .unreadable($0) } ?? content
    }

    /// The first directory on the way that somebody may not enter.
    private func closedDirectory(above path: TreePath, for reader: Reader) -> TreePath? {
        var directory = path.parent
        var closed: TreePath?
        while !directory.isRoot {
            if let status = FileStatus(at: absolute(directory)), !reader.maySearch(status) { closed = directory }
            directory = directory.parent
        }
        return closed
    }

    /// The names in a directory, if somebody may list it.
    func listing(of directory: TreePath, for reader: Reader) -> (names: [String], odd: [[UInt8]]) {
        mayList(directory, reader) ? listing(of: directory) : ([], [])
    }

    private func mayList(_ directory: TreePath, _ reader: Reader) -> Bool {
        guard !reader.isRoot, let status = FileStatus(at: absolute(directory)) else { return true }
        return reader.mayRead(status) && closedDirectory(above: directory, for: reader) == nil
    }
}

extension Content {
    fileprivate static func unreadable(_ path: TreePath) -> Content {
        .nothing(.hidden("the mode of \(path.text) keeps the server's clients out"))
    }
}
