import Foundation
import HookTesting
import LinboModel
import LinuxKit
import Logging
import Testing
import Torrent

@testable import Seeding

/// A seeder, images in a temporary directory, and what peers need to come to it.
final class SeedLab: Sendable {
    let directory = URL(filePath: NSTemporaryDirectory()).appending(path: "seeding-\(UUID().uuidString)")
    let seeder: Seeder
    let log = LogLines()
    private let running: Task<Void, any Error>

    /// Of the torrents here.
    static let pieceLength = 256 << 10
    /// Of an image: some pieces, and a shorter last one.
    static let size = 5 * pieceLength + 12_345

    init(linger: SeedLinger = SeedLinger()) throws {
        let log = log
        let seeder = try Seeder(
            IPAddress(v4: 0x7F00_0001), ports: (0..<20).map { _ in try FreePort.next() }, linger: linger,
            logger: Logger(label: "test") { _ in log })
        self.seeder = seeder
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        running = Task { try await seeder.run() }
    }

    /// Its end, when all of it is gone.
    func close() async throws {
        running.cancel()
        try await running.value
        try FileManager.default.removeItem(at: directory)
    }

    /// Ends it, whatever becomes of the body.
    static func open(
        linger: SeedLinger = SeedLinger(), _ body: (SeedLab) async throws -> Void
    ) async throws {
        let lab = try SeedLab(linger: linger)
        do {
            try await body(lab)
        } catch {
            try? await lab.close()
            throw error
        }
        try await lab.close()
    }

    func path(_ name: String) -> String { directory.appending(path: name).path() }

    /// Bytes that do not repeat.
    static func noise(_ count: Int = size) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            if let start = buffer.baseAddress { arc4random_buf(start, count) }
            filled = count
        }
    }

    /// As whoever publishes does it: another file under its name.
    func publish(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: directory.appending(path: "\(name).new"))
        try #require(rename(path("\(name).new"), path(name)) == 0)
    }

    func torrent(_ name: String, announce: String? = nil) throws -> TorrentFile {
        let (identity, pieces) = try PieceHasher(pieceLength: Self.pieceLength).hash(path(name))
        return TorrentFile(
            name: name, length: identity.size, pieceLength: Self.pieceLength, pieces: pieces[...], announce: announce)
    }

    /// Publishes an image and has it seeded, beside nothing else.
    func seed(_ name: String, _ bytes: [UInt8], announce: String? = nil) throws -> TorrentFile {
        try publish(name, bytes)
        let torrent = try torrent(name, announce: announce)
        try #require(seeder.want([SeedWish(torrent, path: path(name))]).isEmpty)
        return torrent
    }

    func state(_ torrent: TorrentFile) -> SeedState? { seeder.states.first { $0.infoHash == torrent.infoHash } }

    /// What of the images this process has open, and how (O_ACCMODE of open(2)).
    func openImages() throws -> [(path: String, mode: Int)] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { number in
            let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)")
            guard let link, link.hasPrefix(path("")) else { return nil }
            let information = try? String(contentsOfFile: "/proc/self/fdinfo/\(number)", encoding: .utf8)
            let flags = information?.split(separator: "\n").first { $0.hasPrefix("flags:") }?.split(separator: "\t")
                .last
            return (link, flags.flatMap { Int($0, radix: 8) }.map { $0 & 3 } ?? -1)
        }
    }
}
