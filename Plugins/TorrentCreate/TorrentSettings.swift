package import HookConfig
package import HookHost
import Torrent

/// `plugins: - torrent-create:` of the configuration; `linboctl torrent create` takes its defaults from here, too.
package struct TorrentSettings: Sendable {
    /// Tracker's URL: `http`, `https` or `udp`.
    package let announce: String
    /// Bytes, a power of two.
    package let pieceLength: Int
    /// `private` in the torrent's info (BEP 27): clients find peers by the tracker only.
    package let isPrivate: Bool
    /// How long a client waits for a torrent that is being made.
    package let wait: Duration
    /// nil: all cores.
    package let jobs: Int?

    /// - Throws: `ConfigError` for an unknown setting, or a missing `announce`, which has no default.
    package init(_ section: PluginSection) throws(ConfigError) {
        let settings = try section.settings(
            for: TorrentCreate.name, known: ["announce", "piece-length", "private", "wait", "jobs"])
        announce = try Self.announce(settings)
        pieceLength = try Self.pieceLength(settings)
        isPrivate = try settings.bool("private") ?? false
        wait = try settings.duration("wait", in: .zero...Duration.seconds(600)) ?? .seconds(10)
        jobs = try settings.integer("jobs", in: 1...1024)
    }

    /// What clients can ask a tracker by.
    package static func isAnnounce(_ text: String) -> Bool {
        ["http://", "https://", "udp://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func announce(_ settings: Settings) throws(ConfigError) -> String {
        let example = "write `announce: http://10.0.0.1:6969/announce` with this server's address"
        guard let text = try settings.text("announce") else {
            throw ConfigError("torrent-create has no tracker to announce", fix: example, at: settings.location)
        }
        guard isAnnounce(text) else {
            throw ConfigError(
                "announce '\(text)' is no tracker's address", fix: example,
                at: settings.node("announce")?.location ?? settings.location)
        }
        return text
    }

    private static func pieceLength(_ settings: Settings) throws(ConfigError) -> Int {
        let range = PieceLength.range
        guard let length = try settings.integer("piece-length", in: range) else { return PieceLength.standard }
        guard PieceLength.isValid(length) else {
            throw ConfigError(
                "piece-length \(length) is no power of two", fix: "write 262144, 524288 or 1048576",
                at: settings.node("piece-length")?.location ?? settings.location)
        }
        return length
    }
}
