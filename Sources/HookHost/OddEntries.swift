import Glibc
import LinboModel
package import LinuxKit

/// What lies under a name that is not UTF-8, as older servers' shares have them. It is no path of the tree: nobody can
/// ask for it by name, and no plugin has a say in it. With its directory it is served as it lies there.
package struct OddEntry: Sendable {
    /// Below the tree's root, each byte as it is on the disk.
    package let path: [UInt8]
    /// Absolute, the same.
    package let source: [UInt8]
    /// Of the entry itself: links are left out.
    package let status: FileStatus
}

extension Runtime {
    /// The entries of a directory whose names are not UTF-8, as far as rsync's clients may read them: files and
    /// directories.
    func oddEntries(_ names: [[UInt8]], in directory: TreePath) -> [OddEntry] {
        odd(names, in: directory.isRoot ? [] : Array(directory.text.utf8) + [UInt8(ascii: "/")])
    }

    /// All that lies in such a directory, whatever the names.
    package func entries(in directory: OddEntry) -> [OddEntry] {
        guard
            readers.rsync.isRoot || readers.rsync.mayRead(directory.status) && readers.rsync.maySearch(directory.status)
        else {
            return []
        }
        return odd(FileTree.bytesOfNames(in: directory.source), in: directory.path + [UInt8(ascii: "/")])
    }

    /// Links are left out: where they lead could be outside. So is what a rule or a plugin would have a say in, if its
    /// name could be read.
    private func odd(_ names: [[UInt8]], in directory: [UInt8]) -> [OddEntry] {
        var left = 0
        let found = names.compactMap { name -> OddEntry? in
            let path = directory + name
            let source = Array(tree.root.utf8) + [UInt8(ascii: "/")] + path
            guard let status = FileStatus(atBytes: source) else { return nil }
            let readable = TreePath.of(components: String(decoding: path, as: UTF8.self))
            switch status.kind {
            case .regular where !readers.rsync.isRoot && !readers.rsync.mayRead(status): return nil
            case .regular, .directory:
                if !tree.isGuarded(readable), claimants(of: readable).isEmpty {
                    return OddEntry(path: path, source: source, status: status)
                }
            case .symlink, .other: break
            }
            left += 1
            return nil
        }
        oddNames.leftOut(left, in: String(decoding: directory, as: UTF8.self), logger)
        return found
    }
}
