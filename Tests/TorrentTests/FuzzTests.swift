import FuzzKit
import Testing

@testable import Torrent

/// Hostile torrents never crash, and what is taken holds its promises.
@Suite("Fuzz")
struct FuzzTests {
    @Test func bencode() {
        var fuzz = Fuzz(
            "bencode", texts: ["d1:ai-12e1:bli2e3:abcd1:cleeee", "lllleeee", "i9223372036854775807e", "10:0123456789"],
            spice: "ilde:0123456789-")
        for _ in 0..<50_000 {
            let bytes = fuzz.next()
            guard let value = try? BencodeReader.parse(bytes) else { continue }
            guard value.encoded() == bytes else {
                Issue.record("\(bytes) was written as \(value.encoded())")
                return
            }
        }
    }

    @Test func torrents() {
        var fuzz = Fuzz(
            "torrent",
            samples: [TorrentFileTests.sample().encoded(), TorrentFileTests.sample(isPrivate: true).encoded()],
            spice: "ilde:0123456789-")
        for _ in 0..<20_000 {
            let bytes = fuzz.next()
            guard let torrent = try? TorrentFile(parsing: bytes) else { continue }
            let count = (torrent.length + Int64(torrent.pieceLength) - 1) / Int64(torrent.pieceLength)
            guard Int64(torrent.pieceCount) == count, torrent.pieces.count == torrent.pieceCount * 20,
                (try? TorrentFile(parsing: torrent.encoded()))?.infoHash == torrent.infoHash
            else {
                Issue.record("\(bytes)")
                return
            }
            for index in 0..<torrent.pieceCount where torrent.piece(index).count != 20 { Issue.record("\(bytes)") }
        }
    }
}
