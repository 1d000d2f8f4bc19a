import CLinux
import Glibc
import LinuxKit
import Synchronization

/// An open image, read at any place by several threads at once, without pushing others' pages out of the page cache.
///
/// Where the kernel has it (Linux 6.14; not on tmpfs), pages that were not cached before are dropped behind the read
/// (RWF_DONTCACHE). Elsewhere POSIX_FADV_NOREUSE tells that they are read once: since Linux 6.3 they then do not become
/// active, and go first. POSIX_FADV_DONTNEED would throw out what others had cached.
final class ImageReader: Sendable {
    let path: String
    let identity: FileIdentity
    /// Fewer blocks than bytes: worth asking for holes.
    private let isSparse: Bool
    private let descriptor: Int32
    private let readsUncached = Atomic(true)

    init(_ path: String) throws(TorrentError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .failed("open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw .failed("fstat", path, code: code)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notRegular(path)
        }
        identity = FileIdentity(FileStatus(status))
        isSparse = Int64(status.st_blocks) * 512 < identity.size
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_NOREUSE)
    }

    deinit { close(descriptor) }

    /// Fills the buffer.
    /// - Throws: `.changed` if the file ends before.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(TorrentError) {
        var done = 0
        while done < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
            let got = readSome(into: rest, at: offset + Int64(done))
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .failed("read", path) }
            guard got > 0 else { throw .changed(path) }
            done += got
        }
    }

    private func readSome(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int {
        if readsUncached.load(ordering: .relaxed) {
            let got = clinux_read_uncached(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            guard got < 0, errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL else { return got }
            readsUncached.store(false, ordering: .relaxed)
        }
        return pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
    }

    /// Whether nothing but zeros is there, without reading it; false if that is not known.
    func isHole(_ offset: Int64, count: Int) -> Bool {
        guard isSparse else { return false }
        let data = clinux_next_data(descriptor, off_t(offset))
        // ENXIO: no data from here to the end.
        return data < 0 ? errno == ENXIO : Int64(data) >= offset + Int64(count)
    }

    /// - Throws: `.changed` if it is not the file any more that was opened.
    func verifyUnchanged() throws(TorrentError) {
        guard let status = FileStatus(descriptor: descriptor) else { throw .failed("fstat", path) }
        guard FileIdentity(status) == identity else { throw .changed(path) }
    }
}
