import Foundation
import HookHost
import LinboModel
import LinuxKit

/// Why the last upload of an image did not come to its end: its small files come after it all the same, and what is
/// wrong with them is a consequence.
struct BrokenOff: Codable, Sendable {
    let reason: String
    /// Seconds since 1970.
    let at: Int64

    /// A client sends the small files right after the image.
    private static let patience: Int64 = 3600

    init(reason: String, at: Int64 = UnixTime.now()) {
        self.reason = printable(reason, most: sentenceLimit)
        self.at = at
    }

    /// nil: it came whole, or that is long ago.
    static func last(of image: ImageName, _ paths: UploadPaths) -> BrokenOff? {
        guard let (bytes, _) = try? FileBytes.read(file(image, paths), limit: 1 << 16),
            let note = try? JSONDecoder().decode(BrokenOff.self, from: Data(bytes)),
            (0...patience).contains(UnixTime.now().subtractingReportingOverflow(note.at).partialValue)
        else { return nil }
        return note
    }

    /// A note that can't be written is missed by nobody but whoever reads the reason.
    func write(_ image: ImageName, _ paths: UploadPaths) {
        guard let bytes = try? JSONEncoder().encode(self) else { return }
        try? AtomicFile.replace(Self.file(image, paths), with: Array(bytes), mode: 0o600)
    }

    static func forget(_ image: ImageName, _ paths: UploadPaths) { unlink(file(image, paths)) }

    /// Those that nobody asks for any more go.
    static func clear(_ paths: UploadPaths) {
        for name in FileTree.names(in: paths.broken) {
            let path = "\(paths.broken)/\(name)"
            if let status = FileStatus(at: path), UnixTime.now() - status.modified > patience { unlink(path) }
        }
    }

    private static func file(_ image: ImageName, _ paths: UploadPaths) -> String { "\(paths.broken)/\(image).json" }
}
