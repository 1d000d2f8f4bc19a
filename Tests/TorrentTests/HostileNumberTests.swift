import FuzzKit
import Testing

@testable import Torrent

@Suite("N1: hostile numbers in torrents")
struct HostileNumberTests {
    @Test("N1: lengths, piece lengths and counts that don't fit each other") func torrents() throws {
        let sample = TorrentFileTests.sample()
        // As text, since a torrent's numbers are digits; its hashes are made of letters for that.
        let plain = TorrentFile(
            name: sample.name, length: sample.length, pieceLength: sample.pieceLength,
            pieces: [UInt8](repeating: 0x41, count: sample.pieces.count)[...], announce: "http://10.0.0.1/announce")
        var taken = 0
        let sizes = [UInt64(sample.length), UInt64(sample.pieceLength), UInt64(sample.pieces.count), 1 << 30]
        Hostile(around: sizes).text(String(decoding: plain.encoded(), as: UTF8.self)) { text in
            guard let torrent = try? TorrentFile(parsing: Array(text.utf8)) else { return }
            taken += 1
            for index in 0..<torrent.pieceCount where torrent.piece(index).count != 20 { Issue.record("\(text)") }
            _ = torrent.encoded()
        }
        #expect(taken > 0)
    }

    @Test("N1: bencode") func bencode() {
        Hostile().text("d1:ai-12e1:bli2e3:abcd1:cleeee") { text in _ = try? BencodeReader.parse(Array(text.utf8)) }
    }

    @Test("N1: piece counts of any length") func counts() {
        for length in [Int64.min, -1, 0, 1, 1 << 31, 1 << 62, .max] {
            for piece in [Int.min, -1, 0, 1, 1 << 14, 1 << 30, .max] { _ = PieceLength.count(length, in: piece) }
        }
    }
}
