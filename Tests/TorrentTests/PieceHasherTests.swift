import Crypto
import Foundation
import LinuxKit
import Synchronization
import Testing

@testable import Torrent

@Suite struct PieceHasherTests {
    /// By the shortest way.
    private func expected(_ path: String, _ pieceLength: Int) throws -> [UInt8] {
        let bytes = Array(try Data(contentsOf: URL(filePath: path)))
        return stride(from: 0, to: bytes.count, by: pieceLength).flatMap {
            Array(Insecure.SHA1.hash(data: bytes[$0..<min(bytes.count, $0 + pieceLength)]))
        }
    }

    @Test(
        arguments: [0, 1, 16_383, 16_384, 16_385, 262_144, 1_000_000, 9_000_001],
        [16 << 10, 256 << 10, 1 << 20, 16 << 20])
    func everyPieceIsHashed(size: Int, pieceLength: Int) throws {
        let lab = try Lab()
        let path = try lab.image("a.qcow2", size: size, parts: [(0, Lab.noise(size))])
        for jobs in [1, 2, 5] {
            let (identity, pieces) = try PieceHasher(pieceLength: pieceLength, jobs: jobs).hash(path)
            #expect(identity.size == Int64(size))
            #expect(try pieces == expected(path, pieceLength))
        }
    }

    @Test func holesCountAsZeros() throws {
        let lab = try Lab()
        let path = try lab.image(
            "a.qcow2", size: 20_000_001, parts: [(0, [1]), (5_000_000, Lab.noise(300_000)), (12_000_000, [2])])
        #expect(try PieceHasher(pieceLength: 256 << 10).hash(path).pieces == expected(path, 256 << 10))
        let empty = try lab.image("b.qcow2", size: 5_000_000, parts: [])
        #expect(try PieceHasher(pieceLength: 64 << 10).hash(empty).pieces == expected(empty, 64 << 10))
    }

    @Test func progressReachesTheEnd() throws {
        let lab = try Lab()
        let path = try lab.image("a.qcow2", size: 3_000_000, parts: [(0, Lab.noise(1_000_000))])
        let greatest = Mutex<Int64>(0)
        let progress = HashProgress { done in greatest.withLock { $0 = max($0, done) } }
        _ = try PieceHasher(pieceLength: 64 << 10).hash(path, progress)
        #expect(greatest.withLock { $0 } == 3_000_000 && progress.bytes == 3_000_000)
    }

    @Test func itCanBeCancelled() throws {
        let lab = try Lab()
        let path = try lab.image("a.qcow2", size: 64 << 20, parts: [(0, Lab.noise(100))])
        let holder = Mutex<HashProgress?>(nil)
        let progress = HashProgress { _ in holder.withLock { $0?.cancel() } }
        holder.withLock { $0 = progress }
        #expect(throws: TorrentError.cancelled) { try PieceHasher(pieceLength: 64 << 10).hash(path, progress) }
        #expect(progress.bytes < 64 << 20)
    }

    @Test func aFileThatChangesMeanwhileIsAnError() throws {
        let lab = try Lab()
        let path = try lab.image("a.qcow2", size: 8 << 20, parts: [(0, Lab.noise(1 << 20))])
        let grow = HashProgress { _ in truncate(path, (8 << 20) + 1) }
        #expect(throws: TorrentError.changed(path)) { try PieceHasher(pieceLength: 64 << 10).hash(path, grow) }
        let cut = HashProgress { _ in truncate(path, 1 << 20) }
        #expect(throws: TorrentError.changed(path)) { try PieceHasher(pieceLength: 64 << 10).hash(path, cut) }
    }

    @Test func anotherVersionThanTheWantedIsAnError() throws {
        let lab = try Lab()
        let path = try lab.image("a.qcow2", size: 100, parts: [(0, [1])])
        let identity = try PieceHasher(pieceLength: 64 << 10).hash(path).identity
        _ = try PieceHasher(pieceLength: 64 << 10).hash(path, expecting: identity)
        try lab.image("b.qcow2", size: 100, parts: [(0, [1])])
        rename(lab.path("b.qcow2"), path)
        #expect(throws: TorrentError.changed(path)) {
            try PieceHasher(pieceLength: 64 << 10).hash(path, expecting: identity)
        }
    }

    @Test func whatIsNoFileIsAnError() throws {
        let lab = try Lab()
        let hasher = PieceHasher(pieceLength: 64 << 10)
        #expect(throws: TorrentError.system(call: "open", path: lab.path("none"), code: ENOENT)) {
            try hasher.hash(lab.path("none"))
        }
        #expect(throws: TorrentError.notRegular(lab.directory)) { try hasher.hash(lab.directory) }
        mkfifo(lab.path("pipe"), 0o600)
        #expect(throws: TorrentError.notRegular(lab.path("pipe"))) { try hasher.hash(lab.path("pipe")) }
    }

    @Test func tooManyPiecesAreAnErrorBeforeAnyWork() throws {
        let lab = try Lab()
        let path = try lab.image("a.qcow2", size: (16 << 30) + 1, parts: [])
        #expect(throws: TorrentError.tooManyPieces(length: (16 << 30) + 1, pieceLength: 16 << 10)) {
            try PieceHasher(pieceLength: 16 << 10).hash(path)
        }
    }
}

@Suite struct TorrentCheckTests {
    private func torrent(_ path: String, _ pieceLength: Int) throws -> TorrentFile {
        let (identity, pieces) = try PieceHasher(pieceLength: pieceLength).hash(path)
        return TorrentFile(
            name: "a.qcow2", length: identity.size, pieceLength: pieceLength, pieces: pieces[...], announce: nil)
    }

    /// Whatever else is wrong behind it.
    @Test(arguments: [1, 2, 5]) func theFirstWrongPieceIsTold(_ jobs: Int) throws {
        let lab = try Lab()
        var bytes = Lab.noise(9_000_001)
        let path = try lab.image("a.qcow2", size: bytes.count, parts: [(0, bytes)])
        let torrent = try torrent(path, 64 << 10)
        #expect(try TorrentCheck(torrent, image: path, jobs: jobs) == .fits)
        for wrong in [9_000_000, 8_500_000, 4_300_000, 65_536, 65_535] {
            bytes[wrong] ^= 1
            try lab.image("a.qcow2", size: bytes.count, parts: [(0, bytes)])
            let piece = wrong / (64 << 10)
            #expect(
                try TorrentCheck(torrent, image: path, jobs: jobs)
                    == .wrongPiece(piece, offset: Int64(piece * (64 << 10))))
        }
        try lab.image("a.qcow2", size: 9_000_000, parts: [(0, bytes.dropLast())])
        #expect(try TorrentCheck(torrent, image: path) == .wrongLength(torrent: 9_000_001, image: 9_000_000))
    }
}

@Suite struct TorrentBytesTests {
    @Test func aFileIsReplacedWholeAndNothingIsLeft() throws {
        let lab = try Lab()
        for text in ["one", "another, longer one", ""] {
            try TorrentFile.write(Array(text.utf8), to: lab.path("x.torrent"))
            #expect(TorrentFile.bytes(of: lab.path("x.torrent")) == Array(text.utf8))
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: lab.path("x.torrent"))
        #expect(attributes[.posixPermissions] as? Int == 0o644)
        mkdir(lab.path("directory"), 0o755)
        #expect(throws: TorrentError.self) { try TorrentFile.write([1], to: lab.path("directory")) }
        #expect(throws: TorrentError.self) { try TorrentFile.write([1], to: lab.path("none/x")) }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: lab.directory).sorted() == ["directory", "x.torrent"])
        #expect(TorrentFile.bytes(of: lab.path("directory")) == nil && TorrentFile.bytes(of: lab.path("none")) == nil)
    }
}
