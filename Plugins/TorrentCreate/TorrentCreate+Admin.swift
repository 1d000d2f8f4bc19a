package import API
import HookHost

/// Asked by `linboctl torrent create`, which makes torrents as the daemon would.
package struct GetTorrentSettings: APIOperation {
    /// `plugins: - torrent-create:` as the daemon has it.
    package struct Answer: Codable, Sendable {
        /// The tracker.
        package let announce: String
        /// Bytes, a power of two.
        package let pieceLength: Int
        /// `private` in the torrent's info (BEP 27): clients find peers by the tracker only.
        package let isPrivate: Bool
        /// How many cores hash; nil: all.
        package let jobs: Int?
    }
    package static let route = Route.get("/v1/torrents/settings")
    package static let summary = "How torrents of images are made."
}

extension TorrentCreate: Administered {
    /// Tells the settings; torrents are made without being asked.
    package static let operations: [OperationOf<TorrentCreate>] = [
        OperationOf(GetTorrentSettings.self) { plugin, _, _ in
            let settings = plugin.settings
            return .init(
                announce: settings.announce, pieceLength: settings.pieceLength, isPrivate: settings.isPrivate,
                jobs: settings.jobs)
        }
    ]
}
