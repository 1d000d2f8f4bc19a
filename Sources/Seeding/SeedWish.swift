package import Torrent

/// An image that shall be seeded.
package struct SeedWish: Sendable {
    /// What peers know it by, and what every piece of the image is compared with before it is sent.
    package let torrent: TorrentFile
    /// The image's absolute path: a regular file, which is opened to read.
    package let path: String

    /// - Parameter path: the image's, absolute.
    package init(_ torrent: TorrentFile, path: String) {
        (self.torrent, self.path) = (torrent, path)
    }
}
