import Glibc
import LinuxKit

/// Why there is no torrent, or one does not fit, in words for an admin.
package enum TorrentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One failed; `code` is its `errno`.
    case system(call: String, path: String, code: Int32)
    /// The path of a directory, a pipe or a device.
    case notRegular(String)
    /// The path of a file that is not the one that was meant, or grew, shrank or was written meanwhile.
    case changed(String)
    /// By `HashProgress.cancel`.
    case cancelled
    /// Both in bytes: the file has more than `PieceLength.pieceLimit`.
    case tooManyPieces(length: Int64, pieceLength: Int)
    /// Why the bytes are no torrent of one file.
    case malformed(String)
    /// It is not tried any more, for a reason that lies outside the file.
    case given(up: String)

    init(_ error: SystemError) {
        self = .system(call: error.call, path: error.path, code: error.code)
    }

    /// - Parameter code: `errno` of the call that just failed.
    static func failed(_ call: String, _ path: String, code: Int32 = errno) -> TorrentError {
        .system(call: call, path: path, code: code)
    }

    /// A clause for a log, an answer of the API, or a job's note.
    package var description: String {
        switch self {
        case .system(let call, let path, let code): "\(call) \(path): \(String(cString: strerror(code)))"
        case .notRegular(let path): "\(path) is no regular file"
        case .changed(let path): "\(path) changed while it was read; try again when it is complete"
        case .cancelled: "cancelled"
        case .tooManyPieces(let length, let pieceLength):
            "\(length) bytes in pieces of \(pieceLength) are more than \(PieceLength.pieceLimit) pieces; choose a "
                + "greater piece length"
        case .malformed(let reason): "no torrent of one file: \(reason)"
        case .given(let reason): reason
        }
    }
}
