import CLinux
import Glibc
import LinuxKit

/// All that changes something on the disk. Each change asks `probe` first, so that a test can stop or break each.
struct Disk: Sendable {
    /// Throws what shall happen instead of a call.
    var probe: @Sendable (_ call: String, _ path: String) throws(ImageStoreError) -> Void = {
        _, _ throws(ImageStoreError) in
    }

    // MARK: Directories

    func makeDirectory(_ path: String, mode: mode_t) throws(ImageStoreError) {
        try probe("mkdir", path)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .failed("mkdir", path) }
    }

    /// With the directories above it, which others may pass; they are the daemon's, too, and it may not have run yet.
    func makeDirectories(_ path: String, mode: mode_t) throws(ImageStoreError) {
        guard FileStatus(at: path) == nil else { return }
        let parent = Place.parent(of: path)
        if !parent.isEmpty { try makeDirectories(parent, mode: 0o755) }
        try makeDirectory(path, mode: mode)
    }

    func removeDirectory(_ path: String) throws(ImageStoreError) {
        try probe("rmdir", path)
        guard rmdir(path) == 0 || errno == ENOENT else { throw .failed("rmdir", path) }
    }

    /// Takes mode and owner of another directory.
    func dress(_ directory: borrowing OpenDirectory, as other: FileStatus?) throws(ImageStoreError) {
        try probe("chmod", directory.path)
        if let other, other.owner != geteuid() || other.group != getegid() {
            guard fchown(directory.descriptor, other.owner, other.group) == 0 else {
                throw .failed("chown", directory.path)
            }
        }
        guard fchmod(directory.descriptor, other?.mode ?? 0o755) == 0 else { throw .failed("chmod", directory.path) }
    }

    /// A directory with all that is in it; never through a link.
    func removeTree(_ path: String) throws(ImageStoreError) {
        guard let status = FileStatus(at: path) else { return }
        guard status.isDirectory else {
            try probe("unlink", path)
            guard Glibc.unlink(path) == 0 || errno == ENOENT else { throw .failed("unlink", path) }
            return
        }
        do {
            let directory = try OpenDirectory(path)
            for name in try directory.names() {
                if directory.status(of: name)?.isDirectory == true, let text = name.text {
                    try removeTree("\(path)/\(text)")
                } else {
                    try unlink(name, in: directory)
                }
            }
        }
        try removeDirectory(path)
    }

    // MARK: Names

    func link(_ name: EntryName, from: borrowing OpenDirectory, to: borrowing OpenDirectory) throws(ImageStoreError) {
        try probe("link", from.path(of: name))
        guard linkat(from.descriptor, name.characters, to.descriptor, name.characters, 0) == 0 else {
            throw .failed("link", from.path(of: name))
        }
    }

    func unlink(_ name: EntryName, in directory: borrowing OpenDirectory) throws(ImageStoreError) {
        try probe("unlink", directory.path(of: name))
        guard unlinkat(directory.descriptor, name.characters, 0) == 0 || errno == ENOENT else {
            throw .failed("unlink", directory.path(of: name))
        }
    }

    func move(_ name: EntryName, from: borrowing OpenDirectory, to: borrowing OpenDirectory) throws(ImageStoreError) {
        try probe("rename", from.path(of: name))
        guard renameat(from.descriptor, name.characters, to.descriptor, name.characters) == 0 else {
            throw .failed("rename", from.path(of: name))
        }
    }

    func rename(_ path: String, to target: String) throws(ImageStoreError) {
        try probe("rename", path)
        guard Glibc.rename(path, target) == 0 else { throw .failed("rename", "\(path) to \(target)") }
    }

    /// Both names change their places in one step.
    func exchange(_ one: String, _ other: String) throws(ImageStoreError) {
        try probe("exchange", other)
        guard clinux_exchange(one, other) == 0 else { throw .failed("renameat2", other) }
    }

    // MARK: Files

    /// A new file at `temporary`, on the disk, then in its place; the directory's own fsync is the caller's.
    /// - Parameter other: whose mode, owner and time it gets; without one it is the owner's alone.
    func write(
        _ bytes: [UInt8], to path: String, by temporary: String, like other: FileStatus? = nil
    ) throws(ImageStoreError) {
        try probe("write", path)
        Glibc.unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .failed("create", temporary) }
        do throws(ImageStoreError) {
            defer { close(file) }
            try writeAll(bytes, to: file, path: path)
            try dress(file, path, like: other)
            try probe("fsync", path)
            guard fsync(file) == 0 else { throw .failed("fsync", path) }
            try rename(temporary, to: path)
        } catch {
            if error.kind != .stopped { Glibc.unlink(temporary) }
            throw error
        }
    }

    private func writeAll(_ bytes: [UInt8], to file: Int32, path: String) throws(ImageStoreError) {
        do throws(SystemError) { try AtomicFile.writeAll(bytes, to: file, path: path) } catch {
            throw ImageStoreError(error)
        }
    }

    private func dress(_ file: Int32, _ path: String, like other: FileStatus?) throws(ImageStoreError) {
        guard let other else { return }
        if other.owner != geteuid() || other.group != getegid() {
            guard fchown(file, other.owner, other.group) == 0 else { throw .failed("chown", path) }
        }
        let time = timespec(tv_sec: time_t(other.modified), tv_nsec: Int(other.modifiedNanoseconds))
        guard fchmod(file, other.mode) == 0, futimens(file, [time, time]) == 0 else { throw .failed("chmod", path) }
    }

    /// For its owner only, who is root on a school's server.
    func makePrivate(_ name: EntryName, in directory: borrowing OpenDirectory) throws(ImageStoreError) {
        try probe("chmod", directory.path(of: name))
        let file = openat(directory.descriptor, name.characters, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw .failed("open", directory.path(of: name)) }
        defer { close(file) }
        guard fchmod(file, 0o600) == 0, geteuid() != 0 || fchown(file, 0, 0) == 0 else {
            throw .failed("chmod", directory.path(of: name))
        }
    }

    // MARK: Past a power cut

    func sync(_ directory: borrowing OpenDirectory) throws(ImageStoreError) {
        try probe("fsync", directory.path)
        // Some filesystems have no fsync of directories.
        guard fsync(directory.descriptor) == 0 || errno == EINVAL else { throw .failed("fsync", directory.path) }
    }

    func syncDirectory(_ path: String) throws(ImageStoreError) {
        let directory = try OpenDirectory(path)
        try sync(directory)
    }

    func syncFile(_ name: EntryName, in directory: borrowing OpenDirectory) throws(ImageStoreError) {
        try probe("fsync", directory.path(of: name))
        let file = openat(directory.descriptor, name.characters, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw .failed("open", directory.path(of: name)) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw .failed("fsync", directory.path(of: name)) }
    }
}
