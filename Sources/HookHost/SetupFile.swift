package import LinboModel
import LinuxKit
import Synchronization

/// linuxmuster's `setup.ini`, read again when it changes.
package final class SetupFile: Sendable {
    /// Absolute; the configuration's `linbo.setup`.
    package let path: String
    private let cached = Mutex<(status: FileStatus, setup: SetupIni)?>(nil)

    static let sizeLimit = 1 << 20

    /// Reads nothing yet.
    package init(path: String) {
        self.path = path
    }

    /// nil if the file is not there or can't be read.
    package var current: SetupIni? {
        guard let status = FileStatus(followingLinks: path) else { return nil }
        return cached.withLock { cached in
            if let cached, cached.status.isUnchanged(from: status) { return cached.setup }
            guard let bytes = try? FileBytes.read(followingLinks: path, limit: Self.sizeLimit) else { return nil }
            let setup = SetupIni(parsing: bytes, file: path)
            cached = (status, setup)
            return setup
        }
    }
}
