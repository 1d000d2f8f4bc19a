import Glibc
import HookHost
import HookWire
import LinuxKit
import Logging

/// Room that is kept for a full disk: a client's directory needs a few blocks, and a PC has to boot also when
/// somebody's upload has taken the last one. Given up at the first "no space left", taken again when there is space.
struct Ballast: Sendable {
    private let path: String
    private let logger: Logger

    /// Directories and records of about a hundred clients at once.
    private static let size: off_t = 1 << 20

    init(_ paths: ViewPaths, logger: Logger) {
        path = "\(paths.base)/ballast"
        self.logger = logger
    }

    /// Takes the room if it is not taken. Without enough space nothing is taken, and the next look tries again.
    func take() {
        guard FileStatus(at: path) == nil else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Blocks, not only a length; a filesystem that can't promise them has no room to keep.
        if posix_fallocate(descriptor, 0, Self.size) != 0 { unlink(path) }
    }

    /// Gives the room up.
    /// - Returns: whether `error` was for want of space and there was room to give.
    func relieves(_ error: any Error) -> Bool {
        guard let error = error as? SystemError, error.code == ENOSPC || error.code == EDQUOT, unlink(path) == 0
        else { return false }
        logger.critical("\(error): the reserve of \(Self.size >> 10) KiB is given up; make space on this filesystem")
        return true
    }
}
