package import LinuxKit

/// Why an image is not seeded.
package enum SeedFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// It can't be opened or read.
    case system(SystemError)
    /// The path of a directory, a pipe, a device or a symlink.
    case notRegular(String)
    /// Both in bytes.
    case wrongLength(path: String, image: Int64, torrent: Int64)
    /// Its path when it was opened. It was written to, or cut, since then.
    case changed(String)
    /// A piece of it, counted from 0, is not that of the torrent.
    case wrongPiece(path: String, Int)

    /// A clause for a log or an answer of the API.
    package var description: String {
        switch self {
        case .system(let error): "\(error)"
        case .notRegular(let path): "\(path) is no regular file"
        case .wrongLength(let path, let image, let torrent):
            "\(path) has \(image) bytes, and its torrent is of \(torrent): make the torrent anew"
        case .changed(let path):
            "\(path) was written to while it was seeded: an image is replaced by another file, never written to"
        case .wrongPiece(let path, let piece):
            "piece \(piece) of \(path) is not that of its torrent: make the torrent anew"
        }
    }
}
