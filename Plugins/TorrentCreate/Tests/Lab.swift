import Foundation
import HookHost
import HookTesting
import Torrent

@testable import TorrentCreate

typealias Lab = PluginLab<TorrentCreate>

extension PluginLab<TorrentCreate> {
    static var announce: String { "http://10.0.0.1:6969/announce" }

    /// With one image.
    static func withImage() throws -> Lab {
        let lab = try Lab()
        try lab.write([UInt8](repeating: 1, count: 1_000_000), to: "tree/images/win11/win11.qcow2")
        return lab
    }

    func setModified(_ path: String, _ seconds: Int) {
        let time = timeval(tv_sec: seconds, tv_usec: 0)
        utimes("\(directory)/\(path)", [time, time])
    }

    func stored() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/state/torrents")) ?? []
    }

    /// How often an image was hashed to its end.
    var hashings: Int { log.all.count { $0.contains("hashed in") } }

    /// A daemon just started.
    func announcing(_ more: String = "") throws -> Desk<TorrentCreate> {
        try desk("announce: \(Self.announce)\n\(more)", store: nil)
    }
}

extension Desk<TorrentCreate> {
    func ask(
        _ path: String = "images/win11/win11.qcow2.torrent", intent: Intent = .fetch, manner: Manner = .byName
    ) async throws -> Runtime.Answer {
        try await answer(path, as: 200, intent: intent, manner: manner)
    }

    func torrent(_ path: String = "images/win11/win11.qcow2.torrent") async throws -> TorrentFile? {
        try await ask(path).made.map { try TorrentFile(parsing: $0) }
    }
}
