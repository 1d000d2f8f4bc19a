import Glibc
import HookHost
import LinuxKit

/// The few operations on directories that uploads need.
enum Directory {
    /// Makes the directories that lead from `view` to `file`.
    static func make(above file: String, in view: String) throws(SystemError) {
        var path = view
        for component in Substring(file.utf8.dropFirst(view.utf8.count)).split(separator: "/").dropLast() {
            path += "/\(component)"
            try FileTree.makeDirectory(path, mode: 0o700)
        }
    }
}
