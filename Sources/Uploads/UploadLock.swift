import Glibc
import HookHost

/// Excludes all other processes and threads from one image's uploads, for as long as it lives. It is flock(2) on a small
/// file, so a process that dies holds nothing.
struct UploadLock: ~Copyable {
    private let path: String
    private let descriptor: Int32

    deinit {
        // A child that is being forked at this moment has the descriptor for an instant, and would keep the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Called last, so that the lock lives until then.
    borrowing func hold() {}

    /// Waits until it is free: it is held for a few file operations, or for a set's way into the tree.
    /// - Throws: `SystemError`.
    init(_ path: String) throws(SystemError) {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw SystemError("open", path) }
            while flock(descriptor, LOCK_EX) != 0 {
                guard errno == EINTR else {
                    let error = SystemError("flock", path)
                    close(descriptor)
                    throw error
                }
            }
            // Whoever held it may have removed the file.
            if let held = FileStatus(descriptor: descriptor), FileStatus(at: path)?.inode == held.inode {
                self.descriptor = descriptor
                self.path = path
                return
            }
            close(descriptor)
        }
    }

    /// Removes the file; whoever waits for it makes another.
    consuming func remove() { unlink(path) }
}
