package import Glibc

/// Files that grow.
package enum AppendedFile {
    /// Writes all of it at the end of a file, or nothing. A link is not followed, and nothing is written into what is no
    /// file, or has another name elsewhere: whoever owns the directory may have put it there.
    /// - Parameters:
    ///   - mode: of a file that is made by this.
    ///   - anew: what the file holds is dropped first, and it gets the mode.
    ///   - durably: it is on the disk afterwards.
    package static func append(
        _ bytes: [UInt8], to path: String, mode: mode_t, anew: Bool = false, durably: Bool = true
    ) throws(SystemError) {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let descriptor = open(path, flags, mode)
        guard descriptor >= 0 else { throw SystemError("append to", path) }
        defer { close(descriptor) }
        guard let status = FileStatus(descriptor: descriptor) else { throw SystemError("fstat", path) }
        guard status.isRegular, status.links == 1 else { throw SystemError("append to", path, code: EPERM) }
        if anew {
            guard ftruncate(descriptor, 0) == 0 else { throw SystemError("ftruncate", path) }
            guard fchmod(descriptor, mode) == 0 else { throw SystemError("fchmod", path) }
        }
        do throws(SystemError) {
            try AtomicFile.writeAll(bytes, to: descriptor, path: path)
            if durably, fsync(descriptor) != 0 { throw SystemError("fsync", path) }
        } catch {
            // No half of a line.
            ftruncate(descriptor, anew ? 0 : off_t(status.size))
            throw error
        }
        if durably, status.size == 0 { try AtomicFile.syncDirectory(of: path) }
    }
}
