import Glibc
import HookHost

/// Files for their owner alone, there whole or not at all.
enum PrivateFile {
    /// A temporary file beside it with mode 0600 from its first moment, fsync, rename, fsync of the folder. The
    /// temporary name ends as the real one, so that it is as hidden (`Tree.guarded`).
    static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
        let folder = String(path[..<slash])
        let random = String(UInt64.random(in: 0...(.max)), radix: 36)
        let temporary = "\(folder)/.\(random)\(AccountFile.suffix)"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError("create", temporary) }
        do throws(SystemError) {
            defer { close(descriptor) }
            try writeAll(bytes, descriptor, temporary)
            guard fsync(descriptor) == 0 else { throw SystemError("fsync", temporary) }
            guard rename(temporary, path) == 0 else { throw SystemError("rename to", path) }
        } catch {
            unlink(temporary)
            throw error
        }
        let opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw SystemError("open", folder) }
        defer { close(opened) }
        guard fsync(opened) == 0 else { throw SystemError("fsync", folder) }
    }

    private static func writeAll(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let put = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if put < 0 && errno == EINTR { continue }
            guard put > 0 else { throw SystemError("write", path) }
            done += put
        }
    }
}
