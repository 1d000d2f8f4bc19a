import LinuxKit

extension TorrentFile {
    /// Writes bytes of a torrent, or its line of a `.hash`, for all to read.
    package static func write(_ bytes: [UInt8], to path: String) throws(TorrentError) {
        do throws(SystemError) {
            try AtomicFile.replace(path, with: bytes, mode: 0o644)
        } catch {
            throw TorrentError(error)
        }
    }

    /// nil if there is none, or it is longer than a torrent may be.
    package static func bytes(of path: String) -> [UInt8]? {
        try? FileBytes.read(followingLinks: path, limit: BencodeReader.sizeLimit)
    }
}
