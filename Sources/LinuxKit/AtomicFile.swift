package import Glibc

/// Files that are there whole or not at all, after a power cut, too: a temporary file beside the real one, fsync,
/// rename, fsync of the directory.
package enum AtomicFile {
    /// - Parameters:
    ///   - mode: of the new file, from its creation on; umask does not count.
    ///   - temporary: its name until it is whole, in the same directory; nil: the file's own with something behind it.
    /// - Throws: `SystemError`; what was there is there still, unless it is the directory's fsync that failed.
    package static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t, by temporary: String? = nil
    ) throws(SystemError) {
        _ = try write(bytes, to: path, mode: mode, by: temporary)
    }

    /// The replacement of an admin's file: owner, group and mode stay.
    /// - Parameter old: the status that the new bytes were made from.
    /// - Returns: false if the file has changed since: then nothing is done.
    /// - Throws: as above.
    package static func replace(
        _ path: String, was old: FileStatus, with bytes: [UInt8]
    ) throws(SystemError) -> Bool {
        try write(bytes, to: path, mode: mode_t(old.mode), insteadOf: old)
    }

    /// - Parameter old: what must be there still, and whose owner the file gets.
    private static func write(
        _ bytes: [UInt8], to path: String, mode: mode_t, by name: String? = nil, insteadOf old: FileStatus? = nil
    ) throws(SystemError) -> Bool {
        let temporary = name ?? "\(path).\(String(UInt64.random(in: 0...(.max)), radix: 36)).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode & 0o600)
        guard descriptor >= 0 else { throw SystemError("create", temporary) }
        do throws(SystemError) {
            defer { close(descriptor) }
            try writeAll(bytes, to: descriptor, path: temporary)
            if let old { try keepOwner(of: old, descriptor, temporary) }
            guard fchmod(descriptor, mode) == 0 else { throw SystemError("fchmod", temporary) }
            guard fsync(descriptor) == 0 else { throw SystemError("fsync", temporary) }
            if let old, !isStill(old, at: path) {
                unlink(temporary)
                return false
            }
            guard rename(temporary, path) == 0 else { throw SystemError("rename to", path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncDirectory(of: path)
        return true
    }

    private static func isStill(_ old: FileStatus, at path: String) -> Bool {
        guard let now = FileStatus(at: path) else { return false }
        return now.isUnchanged(from: old) && now.mode == old.mode && now.owner == old.owner && now.group == old.group
    }

    private static func keepOwner(of old: FileStatus, _ descriptor: Int32, _ path: String) throws(SystemError) {
        guard let new = FileStatus(descriptor: descriptor) else { throw SystemError("fstat", path) }
        guard new.owner != old.owner || new.group != old.group else { return }
        guard fchown(descriptor, old.owner, old.group) == 0 else { throw SystemError("fchown", path) }
    }

    /// Removes a file; one that is not there is fine.
    package static func remove(_ path: String) throws(SystemError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw SystemError("unlink", path) }
    }

    /// - Parameter path: for the error.
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

    /// Brings a file's or a directory's content to the disk.
    package static func sync(_ path: String) throws(SystemError) {
        try sync(path, O_NOFOLLOW)
    }

    private static func sync(_ path: String, _ flags: Int32) throws(SystemError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | flags)
        guard descriptor >= 0 else { throw SystemError("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError("fsync", path) }
    }

    /// Brings the names in the directory that holds `path` to the disk; a link leads to it as it led the rename.
    package static func syncDirectory(of path: String) throws(SystemError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        try sync(slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".", O_DIRECTORY)
    }
}
