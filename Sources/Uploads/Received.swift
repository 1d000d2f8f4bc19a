import CLinux
import Glibc
import HookHost

/// Files that rsyncd has received: what they must be, and their way out of its reach.
enum Received {
    /// A child that is being forked has our own descriptors for an instant, one that writes among them.
    private static let patience = (looks: 50, pause: UInt32(20_000))

    /// Moves a file out of the folder that rsyncd writes into, so that nothing can open it any more, and then makes sure
    /// that nothing has it open for writing: rsync can be told to write into a file that is there, and what changes
    /// after it was checked would go live unseen.
    /// - Throws: `Refusal`, and the file is gone, or left where it was; `SystemError`.
    static func claim(_ file: String, to target: String) throws -> FileStatus {
        guard let found = FileStatus(at: file) else { throw Refusal("rsync reported success, and there is no file") }
        try check(found)
        guard rename(file, target) == 0 else { throw SystemError("rename", file) }
        do {
            return try check(target)
        } catch {
            unlink(target)
            throw error
        }
    }

    /// - Throws: `Refusal` unless it is a regular file of one name that nothing writes to; `SystemError`.
    @discardableResult
    static func check(_ file: String) throws -> FileStatus {
        guard let found = FileStatus(at: file) else { throw SystemError("lstat", file) }
        try check(found)
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError("open", file) }
        defer { close(descriptor) }
        var looks = 0
        // -1: the filesystem knows no leases, and what rsyncd refuses by its configuration has to do.
        while clinux_is_written_elsewhere(descriptor) == 1 {
            looks += 1
            guard looks < patience.looks else { throw Refusal("another connection still writes to it") }
            usleep(patience.pause)
        }
        guard let status = FileStatus(descriptor: descriptor) else { throw SystemError("fstat", file) }
        try check(status)
        return status
    }

    private static func check(_ status: FileStatus) throws(Refusal) {
        guard status.kind == .regular, status.links == 1 else {
            throw Refusal("uploads are files: no folder, link, device or fifo")
        }
    }
}
