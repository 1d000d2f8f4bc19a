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
        guard let folder = opendir(root) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(Self.prefix), let group = GroupName(name.dropFirst(Self.prefix.count)) {
                names.append(group.text)
            }
        }
        return names.sorted()
    }
}
