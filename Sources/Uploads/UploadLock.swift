import Glibc
import HookHost
import HookWire

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

    /// Somebody has held it for longer than it takes: a process that was stopped, or hangs.
    struct Taken: Error, CustomStringConvertible {
        let path: String

        var description: String { "\(path) is locked by another process: it is tried again" }
    }

    /// Waits until it is free: it is held for a few file operations, or for a set's way into the tree.
    /// - Parameter patience: milliseconds.
    /// - Throws: `Taken`, `SystemError`.
    init(_ path: String, patience: Int = 5000) throws {
        let deadline = Deadline(inMilliseconds: patience)
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw SystemError("open", path) }
            do {
                try Self.lock(descriptor, path, deadline)
            } catch {
                close(descriptor)
                throw error
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

    private static func lock(_ descriptor: Int32, _ path: String, _ deadline: Deadline) throws {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw SystemError("flock", path) }
            guard !deadline.hasPassed else { throw Taken(path: path) }
            _ = poll(nil, 0, 2)
        }
    }

    /// Removes the file; whoever waits for it makes another.
    consuming func remove() { unlink(path) }
}
