import Glibc

/// A system call that failed on a file.
struct FileError: Error, Hashable, CustomStringConvertible {
    let call: String
    let code: Int32

    var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// What changes when a file changes: written, replaced, or its rights set.
struct FileStamp: Hashable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    /// Unix seconds.
    let modifiedAt: Int
    private let modifiedNanoseconds: Int
    private let changedAt: Int
    private let changedNanoseconds: Int

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modifiedAt = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
        changedAt = status.st_ctim.tv_sec
        changedNanoseconds = status.st_ctim.tv_nsec
    }
}

/// The bytes of a regular file of up to `limit` bytes. Never waits for a pipe or a device.
func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(call: "open", code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(call: "fstat", code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(call: "no regular file", code: EINVAL) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(limit, Int(status.st_size)))
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw FileError(call: "read", code: errno) }
        guard count > 0 else { return bytes }
        bytes += chunk[..<count]
        guard bytes.count <= limit else { throw FileError(call: "read", code: EFBIG) }
    }
}

/// An open directory: its entries, and the state of files below it.
struct Directory: ~Copyable {
    private let stream: OpaquePointer

    init(_ path: String) throws(FileError) {
        guard let stream = opendir(path) else { throw FileError(call: "opendir", code: errno) }
        self.stream = stream
    }

    deinit { closedir(stream) }

    /// Entries that are or may be directories, hidden ones left out.
    func subdirectories() -> [String] {
        var names: [String] = []
        while let entry = readdir(stream) {
            let kind = Int(entry.pointee.d_type)
            guard kind == Int(DT_DIR) || kind == Int(DT_LNK) || kind == Int(DT_UNKNOWN) else { continue }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// nil: there is none, or it can't be looked at.
    func stamp(_ relativePath: String) -> FileStamp? {
        var status = stat()
        guard fstatat(dirfd(stream), relativePath, &status, 0) == 0 else { return nil }
        return FileStamp(status)
    }
}
