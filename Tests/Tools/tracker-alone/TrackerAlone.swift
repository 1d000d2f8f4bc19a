import ArgumentParser
import Foundation
import LinboModel
import Torrent
import Tracker

/// The tracker without a daemon, for tests with real clients and for benchmarks. Ends with SIGTERM.
@main struct TrackerAlone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tracker-alone")

    @Option(help: "Address and port of TCP and UDP.") var listen = "127.0.0.1:6969"
    @Option(help: "A file with an info hash in hex and a length in bytes in each line.") var hashes: String?
    @Option(help: "Requests a second of one address; 0: any number.") var rate = 20
    @Flag(help: "Print what becomes of peers.") var changes = false
    @Argument(help: "Torrents to serve.") var torrents: [String] = []

    func run() async throws {
        guard let address = ListenAddress(listen, defaultPort: TrackerSettings.standardPort) else {
            throw ValidationError("--listen \(listen) is no address")
        }
        var settings = TrackerSettings(listen: [address])
        settings.requestRate = rate
        let tellsChanges = changes
        let tracker = try Tracker(settings, places: FlatNetwork()) { change in
            guard tellsChanges else { return }
            Self.say("\(change.kind) \(change.peer.address):\(change.peer.port) left \(change.peer.left)")
        }
        tracker.publish(try torrents.map { try Self.torrent(of: $0) } + (try listed()))
        Self.say("listens on port \(tracker.port)")
        await tracker.run()
    }

    private static func torrent(of path: String) throws -> PublishedTorrent {
        PublishedTorrent(try TorrentFile(parsing: Array(try Data(contentsOf: URL(filePath: path)))))
    }

    private func listed() throws -> [PublishedTorrent] {
        guard let hashes else { return [] }
        return try String(contentsOfFile: hashes, encoding: .utf8).split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            let digits = Array(words.first ?? "")
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            }
            guard words.count == 2, let hash = InfoHash(bytes: bytes), let length = Int64(words[1]) else {
                throw ValidationError("'\(line)' is no hash and length")
            }
            return PublishedTorrent(hash, length: length)
        }
    }

    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}
