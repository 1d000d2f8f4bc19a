import Foundation
import HookHost
import HookStore
import LinboModel
import Testing
import Torrent

@testable import Uploads

/// What comes without its image is held against the live set, with no plugin's help.
@Suite struct SidecarTests {
    private let lab: PublishLab

    init() throws {
        lab = try PublishLab()
    }

    /// Right, unless something is given.
    /// - Parameter size: of a piece; of another size the same image has another info hash.
    private func torrent(
        _ name: String = "cd.iso", length: Int? = nil, size: Int = 1 << 18,
        announce: String = "http://10.0.0.1/announce",
        isWrong: Bool = false
    ) throws -> TorrentFile {
        let hasher = PieceHasher(pieceLength: size)
        let pieces = try hasher.hash("\(lab.root)/images/cd/cd.iso").pieces
        return TorrentFile(
            name: name, length: Int64(length ?? lab.live.count), pieceLength: size,
            pieces: isWrong ? [UInt8](repeating: 7, count: pieces.count)[...] : pieces[...], announce: announce)
    }

    /// - Returns: why it is in quarantine; nil: it went live.
    private func publish(_ files: [String: [UInt8]]) async throws -> String? {
        try lab.arrive(files)
        _ = await lab.publisher().publishDue()
        #expect(lab.isDone)
        defer { for entry in lab.quarantine.entries() { _ = lab.quarantine.discard(entry.name) } }
        return lab.quarantine.entries().first?.reason
    }

    @Test("N16: a torrent alone that is none, or none of the live image") func torrentsAlone() async throws {
        let wrong: [[UInt8]] = [
            Array("d".utf8), try torrent("other.iso").encoded(), try torrent(length: 5).encoded(), [],
            try torrent(String(repeating: "\u{1B}x", count: 5000)).encoded(), try torrent(isWrong: true).encoded(),
        ]
        for bytes in wrong {
            let reason = try #require(try await publish([".torrent": bytes]))
            #expect(
                reason.contains("its .torrent does not fit") && reason.utf8.count < 300 && !reason.contains("\u{1B}"))
            #expect(lab.read("images/cd/cd.iso.torrent") == nil)
        }
        #expect(try await publish([".torrent": try torrent().encoded()]) == nil)
        #expect(try lab.read("images/cd/cd.iso.torrent") == torrent().encoded())
    }

    @Test("N15: a torrent alone changes no info hash that clients have") func otherTorrent() async throws {
        #expect(
            try await publish([".torrent": try torrent().encoded(), ".hash": Array(try torrent().infoHash.line.utf8)])
                == nil)
        let reason = try await publish([".torrent": try torrent(size: 1 << 14).encoded()])
        #expect(reason?.contains("every PC would fetch") == true)
        #expect(
            try await publish([".hash": Array(try torrent(size: 1 << 14).infoHash.line.utf8)])?.contains(".hash")
                == true)
        let announced = try torrent(announce: "http://other/")
        #expect(try await publish([".torrent": announced.encoded()]) == nil)
        #expect(try lab.read("images/cd/cd.iso.hash") == Array(torrent().infoHash.line.utf8))
    }

    @Test("N16: a .hash alone that is no torrent's") func hashAlone() async throws {
        let reason = try await publish([".hash": Array(String(repeating: "a", count: 40).utf8)])
        #expect(reason?.contains("no torrent") == true && lab.read("images/cd/cd.iso.hash") == nil)
    }

    @Test("N15: an .info alone makes nobody fetch the image again") func infoAlone() async throws {
        let live = lab.read("images/cd/cd.iso.info")
        let other = PublishLab.info(lab.live.count, timestamp: "202702020202")
        #expect(try await publish([".info": other])?.contains("every PC would fetch") == true)
        #expect(lab.read("images/cd/cd.iso.info") == live)
        #expect(try await publish([".info": try #require(live)]) == nil)
        // One that does not fit is put right.
        try lab.write("images/cd/cd.iso.info", PublishLab.info(5))
        #expect(try await publish([".info": other]) == nil)
        #expect(lab.read("images/cd/cd.iso.info") == other)
    }

    @Test("N16: an image is not kept back for a torrent and a .hash that don't fit") func withImage() async throws {
        let new = PublishLab.iso(2)
        let files = [
            "": new, ".info": PublishLab.info(new.count), ".torrent": try torrent(length: 5).encoded(),
            ".hash": Array(String(repeating: "a", count: 40).utf8),
        ]
        #expect(try await publish(files) == nil)
        #expect(lab.read("images/cd/cd.iso") == new && lab.read("images/cd/cd.iso.torrent") == nil)
        #expect(lab.read("images/cd/cd.iso.hash") == nil)
        #expect(lab.events.unkept.last?.data["detail"]?.contains("is left out") == true)
        let third = PublishLab.iso(3)
        let fits = try torrent(length: third.count)
        let mixed = ["": third, ".torrent": fits.encoded(), ".hash": Array(String(repeating: "b", count: 40).utf8)]
        #expect(try await publish(mixed) == nil)
        #expect(lab.read("images/cd/cd.iso.hash") == Array(fits.infoHash.line.utf8))
    }
}
