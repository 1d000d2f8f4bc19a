import Foundation
import Synchronization
import Testing
import Torrent

/// A file that grows while it is hashed.
@Suite struct PieceFollowerTests {
    private static func file() throws -> (path: String, handle: FileHandle) {
        var template = Array("/tmp/linbo-hookd-follower.XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw POSIXError(.EIO) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (path, FileHandle(fileDescriptor: descriptor, closeOnDealloc: true))
    }

    private final class Writer: Sendable {
        let isAtWork = Atomic(true)
    }

    @Test(arguments: [1, 16_384, 3 * 16_384 + 5, 40 * 16_384])
    func theHashesAreThoseOfTheWholeFile(_ size: Int) async throws {
        let (path, handle) = try Self.file()
        defer { unlink(path) }
        let writer = Writer()
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                try PieceFollower(pieceLength: 16_384)
                    .follow(path) { writer.isAtWork.load(ordering: .acquiring) }.pieces
            }
            var rest = size
            while rest > 0 {
                let part = min(rest, Int.random(in: 1...20_000))
                try handle.write(contentsOf: Data((0..<part).map { _ in UInt8.random(in: 0...255) }))
                rest -= part
            }
            writer.isAtWork.store(false, ordering: .releasing)
            let followed = try await group.next()
            #expect(try followed == PieceHasher(pieceLength: 16_384).hash(path).pieces)
        }
    }

    @Test func thatItIsRenamedMeanwhileDoesNotMatter() throws {
        let (path, handle) = try Self.file()
        defer { unlink(path + ".renamed") }
        try handle.write(contentsOf: Data("image".utf8))
        var looks = 0
        let (identity, pieces) = try PieceFollower(pieceLength: 16_384).follow(path) {
            looks += 1
            if looks == 2 { rename(path, path + ".renamed") }
            return looks < 4
        }
        #expect(try PieceHasher(pieceLength: 16_384).hash(path + ".renamed") == (identity, pieces))
    }

    @Test func whatGetsShorterIsNoUpload() throws {
        let (path, handle) = try Self.file()
        defer { unlink(path) }
        try handle.write(contentsOf: Data(repeating: 1, count: 40_000))
        var looks = 0
        // On few cores nothing is hashed while it is not known how fast the file grows.
        #expect(throws: (any Error).self) {
            _ = try PieceFollower(pieceLength: 16_384).follow(path) {
                looks += 1
                if looks == 30 { truncate(path, 10) }
                return looks < 40
            }
        }
    }
}
