package import Torrent

/// A torrent that the tracker serves.
package struct PublishedTorrent: Sendable, Hashable {
    /// What its clients ask by.
    package let infoHash: InfoHash
    /// Of its file, in bytes: no peer has more left.
    package let length: Int64

    /// Takes both as they are.
    package init(_ infoHash: InfoHash, length: Int64) {
        (self.infoHash, self.length) = (infoHash, length)
    }

    /// The one that a `.torrent` describes.
    package init(_ torrent: TorrentFile) {
        self.init(torrent.infoHash, length: torrent.length)
    }
}
