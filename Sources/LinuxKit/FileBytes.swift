import Glibc

/// Whole small files: templates, dropped commands, lists. Images never come this way.
package enum FileBytes {
    /// A file that is not read, as it is not the small one that was meant.
    package struct TooLarge: Error, CustomStringConvertible {
        /// The file's, as it was asked for.
        package let path: String
        /// In bytes, when it was opened.
        package let size: Int64
        /// In bytes, as the caller gave it.
        package let limit: Int
        /// Path, size and limit in a sentence.
        package var description: String { "\(path) has \(size) bytes; \(limit) is the limit" }
    }

    /// Reads a regular file that is no symlink, with its status at that moment.
    /// - Throws: `SystemError`, or `TooLarge` for more than `limit` bytes.
    package static func read(_ path: String, limit: Int) throws -> (bytes: [UInt8], status: FileStatus) {
        try read(path, limit: limit, flags: O_NOFOLLOW)
    }

    /// Reads a file of the admin's, wherever a symlink leads.
    package static func read(followingLinks path: String, limit: Int) throws -> [UInt8] {
        try read(path, limit: limit, flags: 0).bytes
    }

    /// Reads on from a place in such a file; nothing if it ends before.
    /// - Parameter limit: of the whole file.
    package static func read(followingLinks path: String, from offset: Int, limit: Int) throws -> [UInt8] {
        try read(path, from: offset, limit: limit, flags: 0).bytes
    }

    private static func read(
        _ path: String, from offset: Int = 0, limit: Int, flags: Int32
    ) throws -> (bytes: [UInt8], status: FileStatus) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags)
        guard descriptor >= 0 else { throw SystemError("open", path) }
        defer { close(descriptor) }
        guard let status = FileStatus(descriptor: descriptor) else { throw SystemError("fstat", path) }
        guard status.kind == .regular else { throw SystemError("open", path, code: EINVAL) }
        guard status.size <= limit else { throw TooLarge(path: path, size: status.size, limit: limit) }
        guard offset == 0 || lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else { throw SystemError("lseek", path) }
        return (try readAll(descriptor, path: path, size: max(0, Int(status.size) - offset)), status)
    }

    /// As many bytes as `fstat` promised; fewer if the file was cut meanwhile.
    private static func readAll(_ descriptor: Int32, path: String, size: Int) throws -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let got = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), size - count)
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = SystemError("read", path) }
                guard got > 0 else { return }
                count += got
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
