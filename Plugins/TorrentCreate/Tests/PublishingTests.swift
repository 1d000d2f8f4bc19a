import Foundation
import HookHost
import HookTesting
import LinboModel
import LinuxKit
import Testing
import Torrent

@testable import TorrentCreate

/// What goes live beside an image, whatever torrent its PC uploaded.
@Suite struct PublishingTests {
    private let lab: Lab
    private let plugin: TorrentCreate

    init() throws {
        lab = try Lab.withImage()
        plugin = try lab.announcing().plugin
    }

    private func set(_ torrent: [UInt8]? = nil, hash: Bool = false, isNew: Bool = true) throws -> ArrivedSet {
        func file(_ name: String) throws -> ArrivedSet.File {
            let path = "\(lab.tree)/images/win11/\(name)"
            return .init(absolutePath: path, status: try #require(FileStatus(at: path)))
        }
        var sidecars: [String: ArrivedSet.File] = [:]
        for (suffix, bytes) in [(".torrent", torrent), (".hash", hash ? [0x61] : nil)] {
            guard let bytes else { continue }
            try lab.write(bytes, to: "tree/images/win11/win11.qcow2\(suffix)")
            sidecars[suffix] = try file("win11.qcow2\(suffix)")
        }
        return ArrivedSet(
            name: try #require(ImageName("win11.qcow2")), image: try file("win11.qcow2"), isNewImage: isNew,
            sidecars: sidecars,
            uploader: Client(address: IPAddress(v4: 0x7F00_0002), host: nil, recognition: .unknown("")))
    }

    /// The torrent of the image, as a client makes one.
    private func torrent(pieceLength: Int = 524_288, _ change: (inout [UInt8]) -> Void = { _ in }) throws -> [UInt8] {
        var (identity, pieces) = try PieceHasher(pieceLength: pieceLength, jobs: 1).hash(
            "\(lab.tree)/\(TorrentCreateTests.image)")
        change(&pieces)
        return TorrentFile(
            name: "win11.qcow2", length: identity.size, pieceLength: pieceLength, pieces: pieces[...],
            announce: "http://client/announce"
        ).encoded()
    }

    @Test(
        "a client's torrent whose every piece is right wins, whatever its piece length", arguments: [524_288, 262_144])
    func fits(_ pieceLength: Int) async throws {
        let bytes = try torrent(pieceLength: pieceLength)
        let sidecars = try await plugin.publishing(try set(bytes, hash: true))
        #expect(sidecars.map(\.suffix) == [".hash"])
        #expect(try sidecars.first?.bytes == Array(TorrentFile(parsing: bytes).infoHash.line.utf8))
    }

    @Test("one that is wrong in a bit, of another name or length, cut off or none at all is replaced, and that is told")
    func doesNotFit() async throws {
        let right = try torrent()
        func of(name: String, length: Int64) -> [UInt8] {
            TorrentFile(
                name: name, length: length, pieceLength: 524_288, pieces: [UInt8](repeating: 1, count: 40)[...],
                announce: "http://x/"
            ).encoded()
        }
        let wrong = try [
            torrent { $0[39] ^= 1 }, torrent(pieceLength: 262_144) { $0[0] ^= 0x80 },
            of(name: "other.qcow2", length: 1_000_000), of(name: "win11.qcow2", length: 1_000_001),
            Array(right.dropLast()), [], Array("d".utf8),
        ]
        for bytes in wrong {
            let sidecars = try await plugin.publishing(try set(bytes))
            #expect(sidecars.map(\.suffix) == [".torrent", ".hash"])
            let made = try TorrentFile(parsing: try #require(sidecars.first?.bytes))
            #expect(made.announce == Lab.announce && sidecars.first?.remark?.contains("replaced") == true)
            #expect(try TorrentCheck(made, image: "\(lab.tree)/\(TorrentCreateTests.image)") == .fits)
            #expect(sidecars.last?.bytes == Array(made.infoHash.line.utf8))
        }
    }

    @Test("a torrent that is a link out of the upload is not followed") func link() async throws {
        let arrived = try set(try torrent())
        let path = try #require(arrived.sidecars[".torrent"]).absolutePath
        try FileManager.default.moveItem(atPath: path, toPath: "\(lab.directory)/outside")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "\(lab.directory)/outside")
        #expect(try await plugin.publishing(arrived).first?.remark?.contains("replaced") == true)
    }

    @Test("beside an image that is live already nothing is made, unless a torrent or a hash came") func onlyBeside()
        async throws
    {
        #expect(try await plugin.publishing(try set(isNew: false)).isEmpty)
        #expect(try await plugin.publishing(try set(hash: true, isNew: false)).isEmpty)
        #expect(lab.hashings == 0)
        #expect(try await plugin.publishing(try set(try torrent(), isNew: false)).map(\.suffix) == [".hash"])
        #expect(try await plugin.publishing(try set()).map(\.suffix) == [".torrent", ".hash"])
        try lab.write([], to: "tree/\(TorrentCreateTests.image)")
        #expect(try await plugin.publishing(try set()).isEmpty)
    }

    @Test("a daemon that ends says nothing about the torrent") func cancelled() async throws {
        let arrived = try set(try torrent(pieceLength: 262_144))
        let publishing = Task { [plugin] in
            while !Task.isCancelled { await Task.yield() }
            return try await plugin.publishing(arrived)
        }
        publishing.cancel()
        await #expect(throws: (any Error).self) { try await publishing.value }
    }

    /// Whether this process has a file open.
    private static func isOpen(_ path: String) -> Bool {
        FileTree.names(in: "/proc/self/fd").contains {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
        }
    }

    @Test("an image that grows is hashed while it comes, also if rsync begins anew with another file") func follower()
        async throws
    {
        let (directory, image) = ("\(lab.tree)/images/win11", "\(lab.tree)/images/win11/new.qcow2")
        let isUnderway = AsyncSignal()
        let end = Task { await isUnderway.wait(atMost: .seconds(600)) }
        let arriving = ArrivingImage(
            name: try #require(ImageName("new.qcow2")), directory: directory,
            uploader: Client(address: IPAddress(v4: 0x7F00_0002), host: nil, recognition: .unknown("")),
            isUnderway: { !end.isCancelled })
        await plugin.arriving(arriving)
        // Names that rsync gives none of.
        for name in [".new.qcow2.1234567", ".new.qcow2.12345", "new.qcow2.123456", ".other.qcow2.123456"] {
            try lab.write("decoy", to: "tree/images/win11/\(name)")
        }
        for (name, count) in [("aaaaaa", 600_000), ("bbbbbb", 1_500_000)] {
            try lab.write([UInt8](repeating: 1, count: count), to: "tree/images/win11/.new.qcow2.\(name)")
            try await eventually("\(name) is followed") { Self.isOpen("\(directory)/.new.qcow2.\(name)") }
        }
        unlink("\(directory)/.new.qcow2.aaaaaa")
        let handle = try FileHandle(forWritingTo: URL(filePath: "\(directory)/.new.qcow2.bbbbbb"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(repeating: 3, count: 123_457))
        try handle.close()
        #expect(rename("\(directory)/.new.qcow2.bbbbbb", image) == 0)
        try await eventually("it was hashed while it came") {
            lab.log.all.contains { $0.contains("new.qcow2 was hashed while it came") }
                && FileIdentity(ofFileAt: image).flatMap { plugin.maker.ready($0) } != nil
        }
        end.cancel()
        isUnderway.send()
        let identity = try #require(FileIdentity(ofFileAt: image))
        let pieces = try PieceHasher(pieceLength: 524_288, jobs: 1).hash(image).pieces
        #expect(plugin.maker.ready(identity).map { Array($0) } == pieces && lab.hashings == 0)
    }
}
