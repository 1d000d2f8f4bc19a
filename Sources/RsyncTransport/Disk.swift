import Glibc
import HookHost
import LinuxKit
import Synchronization

/// The few file operations of views, each with its error.
enum Disk {
    private static let counter = Atomic<UInt64>(0)

    private static let ownPrefix = "\(getpid()).\(UInt64.random(in: 0...UInt64.max))"

    /// A name that no other file of ours has, in any process.
    static func uniqueName(in directory: String) -> String {
        "\(directory)/\(ownPrefix).\(counter.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    /// Replaces what a file holds; made with mode 0600.
    ///
    /// It is cut afterwards, and not emptied before: a file that was emptied is written to the disk when it is closed
    /// (ext4's `auto_da_alloc`), and records live for less than a second.
    static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemError("open", path) }
        defer { close(descriptor) }
        try AtomicFile.writeAll(bytes, to: descriptor, path: path)
        guard let status = FileStatus(descriptor: descriptor), status.size > bytes.count else { return }
        guard ftruncate(descriptor, off_t(bytes.count)) == 0 else { throw SystemError("ftruncate", path) }
    }

    /// Puts a file with mode 0600 in the place of another, whole; not on the disk yet.
    static func replace(_ path: String, with bytes: [UInt8], in directory: String) throws(SystemError) {
        let temporary = uniqueName(in: directory)
        do throws(SystemError) {
            try write(bytes, to: temporary)
            guard rename(temporary, path) == 0 else { throw SystemError("rename", path) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Whether reading a file sets its access time here; on a filesystem mounted `noatime` it does not. Tried, as mount
    /// options don't tell (`relatime`, network filesystems).
    static func keepsAccessTimes(in directory: String) -> Bool {
        let path = uniqueName(in: directory)
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer {
            close(descriptor)
            unlink(path)
        }
        let times = [timespec(tv_sec: 0, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
        var byte: UInt8 = 0
        guard Glibc.write(descriptor, &byte, 1) == 1, futimens(descriptor, times) == 0,
            pread(descriptor, &byte, 1, 0) == 1, let status = FileStatus(descriptor: descriptor)
        else { return false }
        return status.accessed != 0
    }

    /// Whether a directory is as `Admission` makes it: a listing of the root gives it the mode and owner of the tree's.
    static func isPlain(_ directory: String) -> Bool {
        guard let status = FileStatus(at: directory) else { return false }
        return status.kind == .directory && status.mode == 0o755 && status.owner == geteuid()
    }

    /// Removes all that is in a directory if that is quick: some files, no directories.
    /// - Returns: false if something is left.
    static func emptyAtOnce(_ directory: String) -> Bool {
        let names = FileTree.names(in: directory)
        return names.count <= 8 && names.allSatisfy { unlink("\(directory)/\($0)") == 0 }
    }
}
