import Glibc

/// Files that are there whole or not at all, after a power cut, too.
package enum AtomicFile {
    /// A temporary file beside it, fsync, rename, fsync of the folder; mode 0644.
    package static func write(_ bytes: [UInt8], to path: String) throws(TorrentError) {
        let temporary = "\(path).\(String(UInt64.random(in: 0...(.max)), radix: 36)).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed("create", temporary) }
        do throws(TorrentError) {
            defer { close(descriptor) }
            try writeAll(bytes, descriptor, temporary)
            guard fchmod(descriptor, 0o644) == 0 else { throw .failed("fchmod", temporary) }
            guard fsync(descriptor) == 0 else { throw .failed("fsync", temporary) }
            guard rename(temporary, path) == 0 else { throw .failed("rename to", path) }
        } catch {
            unlink(temporary)
            throw error
        }
        try syncFolder(of: path)
    }

    /// nil if there is none, or it is longer than a torrent may be.
    package static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= BencodeReader.sizeLimit
        else { return nil }
        return [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            while count < buffer.count {
                let got = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
                if got < 0 && errno == EINTR { continue }
                guard got > 0 else { return }
                count += got
            }
        }
    }

    private static func writeAll(_ bytes: [UInt8], _ descriptor: Int32, _ path: String) throws(TorrentError) {
        var done = 0
        while done < bytes.count {
            let put = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if put < 0 && errno == EINTR { continue }
            guard put > 0 else { throw .failed("write", path) }
            done += put
        }
    }

    private static func syncFolder(of path: String) throws(TorrentError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .failed("fsync", folder) }
    }
}
