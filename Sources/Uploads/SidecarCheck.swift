import HookHost
import LinboModel
import LinuxKit
import Torrent

/// What lies beside an image, held against the image, its fellows and the live set, as the last thing before it goes
/// live: whatever plugins are enabled.
///
/// Clients fetch an image of tens of GB again when `.info` is another text, or `.hash` not that of the torrent they
/// have (docs/linbo.md#images). So one small file alone must not change either; only the image may, with all that
/// belongs to it.
struct SidecarCheck {
    let set: DueSet
    let tree: Tree
    /// The one that the files lie beside.
    let image: ArrivedSet.File
    let isNewImage: Bool

    /// - Parameter files: what came, and what plugins added.
    /// - Returns: what had to be left out or replaced, in sentences: an image is not kept back for its torrent.
    /// - Throws: `Refusal` for what came without the image.
    func run(_ files: [String: ArrivedSet.File]) async throws -> [String] {
        if !isNewImage, files[".info"] != nil { try checkInfoAlone() }
        let torrent: TorrentFile?
        do {
            torrent = try files[".torrent"].map { try parsed($0.absolutePath) }
            if let torrent, !isNewImage { try await checkTorrentAlone(torrent) }
        } catch {
            // The daemon ends: that says nothing of the torrent.
            try Task.checkCancellation()
            try refuseAlone("its .torrent does not fit: \(error)")
            try AtomicFile.remove(set.file(".torrent"))
            return ["its .torrent does not fit, and is left out: \(error)"] + (try hash(files, nil))
        }
        return try hash(files, torrent)
    }

    private func refuseAlone(_ reason: String) throws(Refusal) {
        if !isNewImage { throw Refusal(reason) }
    }

    // MARK: .info

    private func checkInfoAlone() throws {
        guard let live = try? bytes(live(".info"), 1 << 20), isRight(live) else { return }
        guard try bytes(set.file(".info"), 1 << 20) != live else { return }
        throw Refusal(
            "the live .info fits the image, and is another one: with this one every PC would fetch \(set.image) again. "
                + "Upload it together with the image")
    }

    private func isRight(_ bytes: [UInt8]) -> Bool {
        guard let info = try? ImageInfo(parsing: bytes, file: ".info") else { return false }
        return info.image == set.image.text && info.imageSize == UInt64(clamping: image.status.size)
    }

    // MARK: .torrent

    private func parsed(_ path: String) throws -> TorrentFile {
        let torrent = try TorrentFile(parsing: bytes(path, BencodeReader.sizeLimit))
        guard torrent.name == set.image.text else { throw Refusal("it is of \(quoted(torrent.name))") }
        guard torrent.length == image.status.size else {
            throw Refusal("it is of a file of \(torrent.length) bytes, the image has \(image.status.size)")
        }
        return torrent
    }

    private func checkTorrentAlone(_ torrent: TorrentFile) async throws {
        let known = liveTorrent.map(\.infoHash.description) ?? (try? digits(live(".hash")))
        guard let known else { return try await checkPieces(of: torrent) }
        guard known != torrent.infoHash.description else { return }
        throw Refusal(
            "its info hash is \(torrent.infoHash), and that of the live one \(known): every PC would fetch \(set.image) "
                + "again. Upload it together with the image")
    }

    /// The first one that is alone with its image: nothing but the image itself tells whether it is right. A wrong one
    /// is found at its first wrong piece.
    private func checkPieces(of torrent: TorrentFile) async throws {
        let progress = HashProgress()
        let check = try await withTaskCancellationHandler {
            try TorrentCheck(torrent, image: image.absolutePath, progress)
        } onCancel: {
            progress.cancel()
        }
        guard check == .fits else { throw Refusal("\(check)") }
    }

    /// One that fits the live image.
    private var liveTorrent: TorrentFile? {
        guard let status = FileStatus(at: live(".torrent")), status.modified >= image.status.modified else {
            return nil
        }
        return try? parsed(live(".torrent"))
    }

    // MARK: .hash

    private func hash(_ files: [String: ArrivedSet.File], _ torrent: TorrentFile?) throws -> [String] {
        let torrent = torrent ?? (isNewImage ? nil : liveTorrent)
        guard files[".hash"] != nil else {
            // A torrent and its hash are one set: the old hash would go with the new torrent, and clients that have the
            // torrent of the last image end without a hash to compare it with.
            guard let torrent, files[".torrent"] != nil else { return [] }
            try AtomicFile.replace(set.file(".hash"), with: Array(torrent.infoHash.line.utf8), mode: PlainFile.mode)
            return isNewImage ? ["it came with a torrent and no .hash: one was made"] : []
        }
        guard let torrent else {
            try refuseAlone("there is no torrent that its .hash could be of: upload the torrent, too")
            try AtomicFile.remove(set.file(".hash"))
            return ["its .hash is left out, as no torrent came that it could be of"]
        }
        guard try digits(set.file(".hash")) != torrent.infoHash.description else { return [] }
        try refuseAlone("its .hash is not that of the live torrent, which is \(torrent.infoHash)")
        try AtomicFile.replace(set.file(".hash"), with: Array(torrent.infoHash.line.utf8), mode: PlainFile.mode)
        return ["its .hash was not that of its torrent, and is made anew"]
    }

    private func digits(_ path: String) throws -> String {
        String(decoding: try bytes(path, 1 << 20).prefix(40), as: UTF8.self).lowercased()
    }

    // MARK: Files

    private func live(_ suffix: String) -> String { tree.absolute(set.image.path) + suffix }

    private func bytes(_ path: String, _ limit: Int) throws -> [UInt8] {
        try FileBytes.read(path, limit: limit).bytes
    }
}
