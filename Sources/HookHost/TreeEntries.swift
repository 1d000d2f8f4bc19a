package import LinuxKit

/// A regular file of the tree.
package struct TreeFile: Sendable {
    /// Canonical; its name is what the client gets it by.
    package let path: TreePath
    /// On disk.
    package let absolutePath: String
    /// Of the file itself, at the look-up: it may be another one when it is opened.
    package let status: FileStatus

    /// A plugin may hand over a file that lies outside the tree, to TFTP only: rsync's are hard links in the tree's
    /// file system.
    package init(path: TreePath, absolutePath: String, status: FileStatus) {
        self.path = path
        self.absolutePath = absolutePath
        self.status = status
    }

    /// - Throws: `SystemError`, or `FileBytes.TooLarge` for more than `limit` bytes.
    package func read(limit: Int) throws -> [UInt8] {
        try FileBytes.read(absolutePath, limit: limit).bytes
    }
}

/// A directory of the tree, or one that only holds what plugins make (`status` is nil then).
package struct TreeDirectory: Sendable {
    /// Canonical.
    package let path: TreePath
    /// nil: it is not on disk.
    package let status: FileStatus?
}

/// A symlink of the tree that stays inside it.
package struct TreeLink: Sendable {
    /// Where the link itself lies.
    package let path: TreePath
    /// Where it leads, below the root.
    package let target: TreePath
    /// What the link is shown to hold: relative, even if an absolute one of the tree led there.
    package let text: String
}
