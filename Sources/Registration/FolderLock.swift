import Glibc
import HookHost

/// An exclusive `flock` on a folder: of other processes and of other threads, without a file that stays behind. Gone
/// with its process.
struct FolderLock: ~Copyable {
    private let descriptor: Int32

    /// Waits up to 10 s: whoever holds it writes one small file.
    /// - Throws: `SystemError`; `EWOULDBLOCK` if it is still held.
    init(_ folder: String) throws(SystemError) {
        let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw SystemError("open", folder) }
        if let failure = Self.wait(for: opened) {
            close(opened)
            throw SystemError("lock", folder, code: failure)
        }
        descriptor = opened
    }

    /// - Returns: nil, or why it is not locked.
    private static func wait(for descriptor: Int32) -> Int32? {
        for _ in 0..<2_000 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return nil }
            guard errno == EWOULDBLOCK || errno == EINTR else { return errno }
            usleep(5_000)
        }
        return EWOULDBLOCK
    }

    /// Keeps it until here.
    borrowing func hold() {}

    deinit { close(descriptor) }
}
