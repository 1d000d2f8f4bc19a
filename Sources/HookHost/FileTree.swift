package import Glibc

/// Folders on disk, as far as more than one room needs it.
package enum FileTree {
    /// The names in a folder without `.` and `..`, sorted; empty if it can't be read.
    package static func names(in folder: String) -> [String] {
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

    /// Makes a folder; one that is there already is fine, whatever its mode.
    package static func makeFolder(_ path: String, mode: mode_t) throws(SystemError) {
        guard mkdir(path, mode) != 0 else { return }
        guard errno == EEXIST, FileStatus(at: path)?.kind == .folder else { throw SystemError("mkdir", path) }
    }

    /// Removes a file, a link, or a folder with all that is in it; never through a link.
    /// - Returns: false if something could not be removed.
    @discardableResult
    package static func remove(_ path: String) -> Bool {
        if unlink(path) == 0 || errno == ENOENT { return true }
        // A folder of a client's has the mode that the client gave it, which may keep a daemon that is not root out.
        chmod(path, 0o700)
        return empty(path) && rmdir(path) == 0
    }

    /// Removes all that is in a folder.
    /// - Returns: false if something could not be removed.
    package static func empty(_ folder: String) -> Bool {
        names(in: folder).map { remove("\(folder)/\($0)") }.allSatisfy { $0 }
    }
}
