import Glibc
package import HookHost

/// What is free on a filesystem, and what of it uploads leave alone.
package struct FreeSpace: Sendable, CustomStringConvertible {
    /// For whom is not root, as filesystems keep some for root.
    package let bytes: Int64
    private let kept: Int64

    /// - Parameter kept: `uploads.keep-free`.
    package init(at path: String, keeping kept: Int64) throws(SystemError) {
        var space = statvfs()
        guard statvfs(path, &space) == 0 else { throw SystemError("statvfs", path) }
        // Network filesystems report what they like.
        let (product, isTooMuch) = UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize))
        bytes = isTooMuch ? .max : Int64(clamping: product)
        self.kept = kept
    }

    /// Then no upload is taken, and those that run are ended.
    package var isTooLittle: Bool { bytes <= kept }

    package var description: String { "\(bytes >> 20) MiB are free, and \(kept >> 20) are kept" }
}
