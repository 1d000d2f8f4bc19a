import Glibc
import HookHost
import LinboModel
import LinuxKit

/// The groups of the tree: those with a `start.conf.<group>`.
struct Groups {
    private static let prefix = "start.conf."
    let root: String

    func contains(_ group: GroupName) -> Bool {
        var status = stat()
        return stat("\(root)/\(Self.prefix)\(group)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// What a new group begins with, as upstream's import copies it.
    private static let model = "start.conf"
    private static let limit = 1 << 20

    /// The start.conf that a new group gets; nil: the server has none to copy.
    func modelText() -> [UInt8]? { try? FileBytes.read(followingLinks: "\(root)/\(Self.model)", limit: Self.limit) }

    /// Makes the start.conf of a group; one that is there stays.
    /// - Throws: `SystemError`.
    func make(_ group: GroupName, _ text: [UInt8]) throws {
        guard !contains(group) else { return }
        try AtomicFile.replace("\(root)/\(Self.prefix)\(group)", with: text, mode: 0o664)
    }

    /// By name; empty if the tree can't be read.
    var names: [String] {
        FileTree.names(in: root).compactMap { name in
            name.hasPrefix(Self.prefix) ? GroupName(name.dropFirst(Self.prefix.count))?.text : nil
        }
    }
}
