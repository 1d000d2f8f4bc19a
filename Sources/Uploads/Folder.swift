import Glibc
import HookHost

/// The few operations on folders that uploads need.
enum Folder {
    /// Makes a folder for the server alone; one that is there is fine.
    static func make(_ path: String) throws(SystemError) {
        guard mkdir(path, 0o700) != 0 else { return }
        guard errno == EEXIST, FileStatus(at: path)?.kind == .folder else { throw SystemError("mkdir", path) }
    }

    /// Makes the folders that lead from `view` to `file`.
    static func make(above file: String, in view: String) throws(SystemError) {
        var path = view
        for component in file.dropFirst(view.utf8.count).split(separator: "/").dropLast() {
            path += "/\(component)"
            try make(path)
        }
    }

    /// Names without `.` and `..`, sorted; empty if the folder can't be read.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file, or a folder with all that is in it; never through a link.
    static func removeTree(_ path: String) {
        if unlink(path) == 0 || errno == ENOENT { return }
        for name in names(in: path) { removeTree("\(path)/\(name)") }
        rmdir(path)
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
