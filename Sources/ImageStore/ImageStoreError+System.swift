import Glibc
import LinuxKit

extension ImageStoreError {
    init(_ error: SystemError) {
        self = .failed(error.call, error.path, code: error.code)
    }

    /// - Parameter code: `errno` of the call that just failed.
    static func failed(_ call: String, _ path: String, code: Int32 = errno) -> ImageStoreError {
        ImageStoreError(
            .system(call: call, code: code), path, "\(call): \(String(cString: strerror(code)))", fix: fix(code))
    }

    private static func fix(_ code: Int32) -> String {
        switch code {
        case ENOSPC, EDQUOT: "the disk is full: make room, such as by `linboctl images prune`, and do it again"
        case EROFS: "the filesystem is mounted read-only: see the kernel's log for why"
        case EIO: "the disk does not do what it is told: see the kernel's log, and check it"
        case EACCES, EPERM: "only root, or whoever owns the tree, may do this"
        case EXDEV: "the LINBO root must be one filesystem, with images and .linbo-hookd on it"
        case ENOENT: "it was there a moment ago: look what else changes this directory, and do it again"
        case EMLINK: "this file has as many names as the filesystem allows: look what makes them"
        default: "look at this path and its filesystem, and do it again"
        }
    }

    var code: Int32? {
        if case .system(_, let code) = kind { return code }
        return nil
    }
}
