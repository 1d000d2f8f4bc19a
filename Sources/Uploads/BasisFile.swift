import CLinux
import Glibc
import HookHost
import LinuxKit

/// A second file with the first one's content and times, which shares its blocks where the filesystem can (FICLONE,
/// ioctl_ficlone(2)): made at once, and changing one changes nothing of the other.
enum BasisFile {
    /// - Parameter copies: whether to copy the bytes where blocks can't be shared.
    /// - Returns: false if there is none: what would be needed is not possible here.
    /// - Throws: `SystemError` for what should have worked.
    static func make(of original: String, at path: String, copies: Bool) throws(SystemError) -> Bool {
        let source = open(original, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard source >= 0 else { throw SystemError("open", original) }
        defer { close(source) }
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw SystemError("open", path) }
        defer { close(target) }
        guard clinux_clone(target, source) == 0 || (copies && copyAll(source, target)) else {
            unlink(path)
            return false
        }
        var status = stat()
        guard fstat(source, &status) == 0 else { throw SystemError("fstat", original) }
        let times = [status.st_atim, status.st_mtim]
        // With the same size and time, rsync skips an image that has not changed.
        guard futimens(target, times) == 0, fchmod(target, 0o664) == 0 else { throw SystemError("futimens", path) }
        return true
    }

    private static func copyAll(_ source: Int32, _ target: Int32) -> Bool {
        while true {
            let count = clinux_copy_range(source, target, 1 << 30)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return count == 0 }
        }
    }
}
