import Glibc
import LinboModel
import LinuxKit

/// Another process holds the lock of an image's uploads for longer than it takes: one that was stopped, or hangs.
package struct UploadBusy: Error, CustomStringConvertible {
    let image: ImageName
    let path: String

    package var description: String { "\(image): \(path) is locked by another process: it is tried again" }
}

extension UploadPaths {
    /// Runs `body` while no other process or thread changes what came of an image. The lock is held for a few file
    /// operations, or for a set's way into the tree.
    /// - Parameter patience: milliseconds.
    /// - Throws: `UploadBusy`, `SystemError`, or what `body` throws.
    func withLock<Value>(
        of image: ImageName, patience: Int = 5000, _ body: () throws -> Value
    ) throws -> Value {
        let path = lock(of: image)
        return try FileLock.with(
            path, .file, patience: patience,
            orThrow: { $0.code == ETIMEDOUT ? UploadBusy(image: image, path: path) as any Error : $0 }, body)
    }
}
