import Glibc
import HookHost
import LinboModel

/// The groups of the tree: those with a `start.conf.<group>`.
struct Groups {
    private static let prefix = "start.conf."
    let root: String

    func contains(_ group: GroupName) -> Bool {
        var status = stat()
        return stat("\(root)/\(Self.prefix)\(group)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// By name; empty if the tree can't be read.
    var names: [String] {
        FileTree.names(in: root).compactMap { name in
            name.hasPrefix(Self.prefix) ? GroupName(name.dropFirst(Self.prefix.count))?.text : nil
        }
    }
}
