import Glibc

/// Whether a torrent is one of an image, every piece of it.
package enum TorrentCheck: Sendable, Hashable, CustomStringConvertible {
    /// Length and all pieces are those of the torrent.
    case fits
    /// Both in bytes; no piece was read.
    case wrongLength(torrent: Int64, image: Int64)
    /// The first one, counted from 0, and where it begins.
    case wrongPiece(Int, offset: Int64)

    /// Reads the whole image, unless its length is wrong already; blocks the calling thread.
    /// - Parameters:
    ///   - image: its path.
    ///   - jobs: threads that hash; nil for all cores.
    /// - Throws: `.changed` if the image changes meanwhile, `.cancelled`, or what reading it failed by.
    package init(
        _ torrent: TorrentFile, image: String, jobs: Int? = nil, _ progress: HashProgress = HashProgress()
    ) throws(TorrentError) {
        var status = stat()
        guard stat(image, &status) == 0 else { throw .failed("stat", image) }
        guard Int64(status.st_size) == torrent.length else {
            self = .wrongLength(torrent: torrent.length, image: Int64(status.st_size))
            return
        }
        let hasher = PieceHasher(pieceLength: torrent.pieceLength, jobs: jobs)
        if let piece = try hasher.firstWrongPiece(image, of: torrent, progress) {
            self = .wrongPiece(piece, offset: Int64(piece) * Int64(torrent.pieceLength))
        } else {
            self = .fits
        }
    }

    /// A clause about the torrent.
    package var description: String {
        switch self {
        case .fits: "fits"
        case .wrongLength(let torrent, let image): "it is of a file of \(torrent) bytes, the image has \(image)"
        case .wrongPiece(let piece, let offset): "piece \(piece), from byte \(offset) on, is another one"
        }
    }
}
