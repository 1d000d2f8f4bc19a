import Glibc
import HookHost

/// The few operations on folders that uploads need.
enum Folder {
    /// Makes the folders that lead from `view` to `file`.
    static func make(above file: String, in view: String) throws(SystemError) {
        var path = view
        for component in file.dropFirst(view.utf8.count).split(separator: "/").dropLast() {
            path += "/\(component)"
            try FileTree.makeFolder(path, mode: 0o700)
        }
    }
}

enum FreeSpace {
    /// For whom is not root, as filesystems keep some for root.
    static func bytes(at path: String) throws(SystemError) -> Int64 {
        var space = statvfs()
        guard statvfs(path, &space) == 0 else { throw SystemError("statvfs", path) }
        return Int64(clamping: UInt64(space.f_bavail) * UInt64(space.f_frsize))
    }
}
