import Glibc
import LinuxKit

/// A directory that is held open: its entries are reached through it, whatever its path leads to meanwhile.
struct OpenDirectory: ~Copyable {
    let descriptor: Int32
    /// As it was opened, for messages and renames.
    let path: String

    init(_ path: String) throws(ImageStoreError) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .failed("open", path) }
        self.path = path
    }

    deinit { close(descriptor) }

    func path(of name: EntryName) -> String { "\(path)/\(name)" }

    func status() throws(ImageStoreError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .failed("fstat", path) }
        return FileStatus(status)
    }

    /// nil if there is no such entry.
    func status(of name: EntryName) -> FileStatus? {
        var status = stat()
        guard fstatat(descriptor, name.characters, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        return FileStatus(status)
    }

    /// All entries but `.` and `..`, in the order of the filesystem.
    func names() throws(ImageStoreError) -> [EntryName] {
        // A descriptor of its own, with an own place in the directory; closedir closes it.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw .failed("open", path) }
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw .failed("fdopendir", path)
        }
        defer { closedir(stream) }
        var names: [EntryName] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { EntryName($0) }
            }
            if name.text != "." && name.text != ".." { names.append(name) }
        }
        guard errno == 0 else { throw .failed("readdir", path) }
        return names
    }

    /// A regular file's bytes.
    func read(_ name: EntryName, limit: Int) throws(ImageStoreError) -> [UInt8] {
        let file = openat(descriptor, name.characters, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw .failed("open", path(of: name)) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw .failed("fstat", path(of: name)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .failed("read", path(of: name), code: EINVAL) }
        guard status.st_size <= limit else { throw .failed("read", path(of: name), code: EFBIG) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .failed("read", path(of: name)) }
            guard got > 0 else { break }
            done += got
        }
        return Array(bytes.prefix(done))
    }
}
