package import HookHost
import LinboModel
import LinuxKit
import Torrent

extension TorrentCreate {
    /// Hashes the pieces of an upload while it grows, so that `publishing` need not read it again.
    package func arriving(_ image: ArrivingImage) async {
        let follower = PieceFollower(pieceLength: settings.pieceLength)
        UploadFollower(image: image, maker: maker, follower: follower, logger: logger).start()
    }

    /// Every image goes live with a torrent and a hash that fit it. A client's own torrent wins if every piece of it is
    /// right: 7.4 clients fetch the image again when `.hash` is not that of their own (docs/linbo.md#images).
    package func publishing(_ set: ArrivedSet) async throws -> [Sidecar] {
        let identity = FileIdentity(set.image.status)
        guard identity.size > 0, set.isNewImage || Self.concerns(set) else { return [] }
        guard let upload = set.sidecars[".torrent"] else {
            return set.isNewImage ? try await made(set, identity, remark: nil) : []
        }
        let torrent: TorrentFile
        do {
            torrent = try TorrentFile(
                parsing: FileBytes.read(upload.absolutePath, limit: BencodeReader.sizeLimit).bytes)
            if let fault = try await fault(of: torrent, set, identity) { throw Unfit(reason: fault) }
        } catch {
            // The daemon ends: that says nothing of the torrent.
            try Task.checkCancellation()
            return try await made(
                set, identity, remark: "the uploaded torrent does not fit, and was replaced: \(error)")
        }
        return [Sidecar(suffix: ".hash", bytes: Array(torrent.infoHash.line.utf8), mode: 0o664)]
    }

    private static func concerns(_ set: ArrivedSet) -> Bool {
        set.sidecars.keys.contains { $0 == ".torrent" || $0 == ".hash" }
    }

    private struct Unfit: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    /// Why a torrent is none of the image; nil if every piece is.
    private func fault(
        of torrent: TorrentFile, _ set: ArrivedSet, _ identity: FileIdentity
    ) async throws -> String? {
        guard torrent.name == set.name.text else { return "it is of \(quoted(torrent.name))" }
        guard torrent.length == identity.size else {
            return TorrentCheck.wrongLength(torrent: torrent.length, image: identity.size).description
        }
        if torrent.pieceLength == settings.pieceLength {
            let pieces = try await pieces(of: set, identity)
            return pieces.elementsEqual(torrent.pieces) ? nil : "its pieces are not the image's"
        }
        let progress = HashProgress()
        let check = try await withTaskCancellationHandler {
            try TorrentCheck(torrent, image: set.image.absolutePath, jobs: settings.jobs, progress)
        } onCancel: {
            progress.cancel()
        }
        switch check {
        case .fits: return nil
        case let other: return other.description
        }
    }

    private func pieces(of set: ArrivedSet, _ identity: FileIdentity) async throws -> ArraySlice<UInt8> {
        let version = ImageVersion(path: set.image.absolutePath, name: set.name.text, identity: identity)
        switch await maker.pieces(of: version, within: .seconds(86_400)) {
        case .pieces(let pieces): return pieces
        case .failed(let error): throw error
        case .later: throw CancellationError()
        }
    }

    private func made(
        _ set: ArrivedSet, _ identity: FileIdentity, remark: String?
    ) async throws -> [Sidecar] {
        let torrent = TorrentFile(
            name: set.name.text, length: identity.size, pieceLength: settings.pieceLength,
            pieces: try await pieces(of: set, identity), isPrivate: settings.isPrivate, announce: settings.announce)
        return [
            Sidecar(suffix: ".torrent", bytes: torrent.encoded(), mode: 0o664, remark: remark),
            Sidecar(suffix: ".hash", bytes: Array(torrent.infoHash.line.utf8), mode: 0o664),
        ]
    }
}
