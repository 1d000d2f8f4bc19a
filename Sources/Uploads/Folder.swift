import Glibc
import HookHost
import LinuxKit

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
