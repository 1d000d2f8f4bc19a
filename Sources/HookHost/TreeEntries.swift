package import LinuxKit

/// A regular file of the tree.
package struct TreeFile: Sendable {
    package let path: TreePath
    /// On disk.
    package let absolutePath: String
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
    package let path: TreePath
    package let status: FileStatus?
}

/// A symlink of the tree that stays inside it.
package struct TreeLink: Sendable {
    package let path: TreePath
    /// Where it leads, below the root.
    package let target: TreePath
    /// What the link is shown to hold: relative, even if an absolute one of the tree led there.
    package let text: String
}
