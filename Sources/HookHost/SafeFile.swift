package import Glibc

/// Files that are there whole or not at all, after a power cut, too.
package enum SafeFile {
    /// A temporary file beside it, fsync, rename, fsync of the folder.
    /// - Parameter mode: of a new file, from its creation on; umask does not count.
    /// - Throws: `SystemError`; what was there is there still, unless it is the folder's fsync that failed.
    package static func replace(_ path: String, with bytes: [UInt8], mode: mode_t) throws(SystemError) {
        let temporary = "\(path).\(String(UInt64.random(in: 0...(.max)), radix: 36)).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode & 0o600)
        guard descriptor >= 0 else { throw SystemError("create", temporary) }
        do throws(SystemError) {
            defer { close(descriptor) }
            try writeAll(bytes, to: descriptor, path: temporary)
            guard fchmod(descriptor, mode) == 0 else { throw SystemError("fchmod", temporary) }
            guard fsync(descriptor) == 0 else { throw SystemError("fsync", temporary) }
            guard rename(temporary, path) == 0 else { throw SystemError("rename to", path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncFolder(of: path)
    }

    /// Removes a file; one that is not there is fine.
    package static func remove(_ path: String) throws(SystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemError("unlink", path) }
    }

    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if put < 0 && errno == EINTR { continue }
            guard put > 0 else { throw SystemError("write", path) }
            done += put
        }
    }

    /// Brings a file's or a folder's content to the disk.
    package static func sync(_ path: String) throws(SystemError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw SystemError("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError("fsync", path) }
    }

    /// Brings the names in the folder that holds `path` to the disk.
    package static func syncFolder(of path: String) throws(SystemError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        try sync(slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".")
    }
}
