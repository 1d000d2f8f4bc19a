import Glibc
import HookHost
import LinuxKit
import Torrent

/// Hashes of images, one file a version of an image, so that each is hashed once, over restarts, too.
///
/// The files are torrents. Announce, name and private flag are set anew when one is served, as the configuration may
/// have changed since.
struct TorrentCache: Sendable {
    let directory: String
    let pieceLength: Int

    /// Above it the oldest go.
    private static let limit = 256

    /// nil if this version is not there, or what is there is damaged.
    func pieces(of image: FileIdentity) -> ArraySlice<UInt8>? {
        guard let bytes = TorrentFile.bytes(of: path(image)), let torrent = try? TorrentFile(parsing: bytes),
            torrent.length == image.size, torrent.pieceLength == pieceLength
        else { return nil }
        return torrent.pieces
    }

    func store(_ pieces: [UInt8], of image: FileIdentity, name: String) throws(TorrentError) {
        if mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw .system(call: "mkdir", path: directory, code: errno)
        }
        let torrent = TorrentFile(
            name: name, length: image.size, pieceLength: pieceLength, pieces: pieces[...], announce: nil)
        try TorrentFile.write(torrent.encoded(), to: path(image))
        prune()
    }

    private func path(_ image: FileIdentity) -> String {
        let version =
            "\(image.device)-\(image.inode)-\(image.size)-\(image.modified).\(image.modifiedNanoseconds)-\(pieceLength)"
        return "\(directory)/\(version).torrent"
    }

    /// Versions that nobody has any more, and what a power cut left half-written.
    private func prune() {
        var kept: [(path: String, modified: Int)] = []
        for name in FileTree.names(in: directory) {
            let path = "\(directory)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            if name.hasSuffix(".torrent") { kept.append((path, status.st_mtim.tv_sec)) }
            if name.hasSuffix(".new"), time(nil) - status.st_mtim.tv_sec > 3600 { unlink(path) }
        }
        for old in kept.sorted(by: { $0.modified > $1.modified }).dropFirst(Self.limit) { unlink(old.path) }
    }
}
