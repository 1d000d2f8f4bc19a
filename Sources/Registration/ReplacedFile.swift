import Glibc
import HookHost

/// The replacement of an admin's file: owner, group and mode stay.
enum ReplacedFile {
    /// A temporary file beside it, fsync, rename, fsync of the folder.
    /// - Parameter old: the status that the new bytes were made from.
    /// - Returns: false if the file has changed since: then nothing is done.
    /// - Throws: `SystemError`; the old file is there still, unless it is the folder's fsync that failed.
    static func replace(_ path: String, was old: FileStatus, with bytes: [UInt8]) throws(SystemError) -> Bool {
        let temporary = "\(path).\(String(UInt64.random(in: 0...(.max)), radix: 36)).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemError("create", temporary) }
        do throws(SystemError) {
            defer { close(descriptor) }
            try SafeFile.writeAll(bytes, to: descriptor, path: temporary)
            try keepOwner(of: old, descriptor, temporary)
            guard fchmod(descriptor, mode_t(old.mode)) == 0 else { throw SystemError("fchmod", temporary) }
            guard fsync(descriptor) == 0 else { throw SystemError("fsync", temporary) }
            guard let now = FileStatus(at: path), now.isUnchanged(from: old), now.mode == old.mode else {
                unlink(temporary)
                return false
            }
            guard rename(temporary, path) == 0 else { throw SystemError("rename to", path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try SafeFile.syncFolder(of: path)
        return true
    }

    private static func keepOwner(of old: FileStatus, _ descriptor: Int32, _ path: String) throws(SystemError) {
        guard let new = FileStatus(descriptor: descriptor) else { throw SystemError("fstat", path) }
        guard new.owner != old.owner || new.group != old.group else { return }
        guard fchown(descriptor, old.owner, old.group) == 0 else { throw SystemError("fchown", path) }
    }
}
