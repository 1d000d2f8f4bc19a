package import API
import HookHost

package struct GetTorrentSettings: APIOperation {
    package struct Answer: Codable, Sendable {
        /// The tracker.
        package let announce: String
        package let pieceLength: Int
        package let isPrivate: Bool
        /// How many cores hash; nil: all.
        package let jobs: Int?
    }
    package static let route = Route.get("/v1/torrents/settings")
    package static let summary = "How torrents of images are made."
}

extension TorrentCreate: Administered {
    package static let operations: [OperationOf<TorrentCreate>] = [
        OperationOf(GetTorrentSettings.self) { plugin, _, _ in
            let settings = plugin.settings
            return .init(
                announce: settings.announce, pieceLength: settings.pieceLength, isPrivate: settings.isPrivate,
                jobs: settings.jobs)
        }
    ]
}
