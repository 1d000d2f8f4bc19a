import Glibc
import HookHost
package import LinuxKit

/// What is free on a filesystem, bytes and inodes, and what of both uploads leave alone.
package struct FreeSpace: Sendable, CustomStringConvertible {
    /// For whom is not root, as filesystems keep some for root.
    package let bytes: Int64
    /// All there are, free or not.
    package let size: Int64
    package let kept: Int64
    /// How many files more there can be; nil where the filesystem has no such limit.
    package let files: Int64?
    private let keptFiles: Int64

    /// So many files the server itself needs at most while a school boots; small filesystems have a twentieth.
    private static let serverFiles: Int64 = 10_000

    /// - Parameter kept: `uploads.keep-free`.
    package init(at path: String, keeping kept: Int64) throws(SystemError) {
        var space = statvfs()
        guard statvfs(path, &space) == 0 else { throw SystemError("statvfs", path) }
        bytes = Self.product(UInt64(space.f_bavail), UInt64(space.f_frsize))
        size = Self.product(UInt64(space.f_blocks), UInt64(space.f_frsize))
        self.kept = kept
        files = space.f_files == 0 ? nil : Int64(clamping: space.f_favail)
        keptFiles = min(Self.serverFiles, Int64(clamping: space.f_files) / 20)
    }

    package init(bytes: Int64, size: Int64, kept: Int64, files: Int64? = nil, keptFiles: Int64 = 0) {
        self.bytes = bytes
        self.size = size
        self.kept = kept
        self.files = files
        self.keptFiles = keptFiles
    }

    /// Network filesystems report what they like.
    private static func product(_ blocks: UInt64, _ size: UInt64) -> Int64 {
        let (product, isTooMuch) = blocks.multipliedReportingOverflow(by: size)
        return isTooMuch ? .max : Int64(clamping: product)
    }

    /// Then no upload is taken, and some of those that run are ended.
    package var isTooLittle: Bool { bytes <= kept || lacksFiles }

    package var lacksFiles: Bool { files.map { $0 <= keptFiles } ?? false }

    package var description: String {
        lacksFiles
            ? "only \(files ?? 0) more files fit on it, and \(keptFiles) are kept"
            : "\(bytes >> 20) MiB are free, and \(kept >> 20) are kept"
    }
}
