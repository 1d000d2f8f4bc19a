import Testing

@testable import Torrent

@Suite struct TorrentFileTests {
    static let pieces = [UInt8](repeating: 7, count: 40)

    static func sample(isPrivate: Bool = false, announce: String? = "http://10.0.0.1:6969/announce") -> TorrentFile {
        TorrentFile(
            name: "win11.qcow2", length: 600_000, pieceLength: 524_288, pieces: pieces[...], isPrivate: isPrivate,
            announce: announce)
    }

    @Test func theInfoDictionaryHoldsFourKeys() throws {
        let root = try BencodeReader.parse(Self.sample().encoded())
        guard case .dictionary(let entries) = try #require(root["info"]) else {
            Issue.record("no dictionary")
            return
        }
        #expect(
            entries.map { String(decoding: $0.key, as: UTF8.self) } == ["length", "name", "piece length", "pieces"])
        #expect(try BencodeReader.parse(Self.sample(isPrivate: true).encoded())["info"]?["private"] == .integer(1))
    }

    @Test(arguments: [false, true]) func whatIsWrittenIsReadAlike(_ isPrivate: Bool) throws {
        let made = Self.sample(isPrivate: isPrivate)
        let read = try TorrentFile(parsing: made.encoded())
        #expect(read.name == made.name && read.length == made.length && read.pieceLength == made.pieceLength)
        #expect(read.pieces == made.pieces && read.announce == made.announce && read.isPrivate == isPrivate)
        #expect(read.infoHash == made.infoHash && read.encoded() == made.encoded())
    }

    /// The tracker is no part of it, the private flag is.
    @Test func theInfoHashIsOfTheInfoDictionaryAlone() {
        #expect(Self.sample().infoHash == Self.sample(announce: "udp://other:1").infoHash)
        #expect(Self.sample().infoHash != Self.sample(isPrivate: true).infoHash)
        // sha1sum of the info dictionary's bytes.
        #expect(Self.sample().infoHash.description == "444c00c114bd06129762f3988f8ba809dcf5d5ae")
        #expect(Self.sample().infoHash.line.utf8.count == 41)
    }

    /// A key that is not known here counts.
    @Test func theInfoHashIsOfTheBytesAsTheyStood() throws {
        let text =
            "d4:infod6:lengthi1e4:name1:a12:piece lengthi16384e6:pieces20:\(String(repeating: "x", count: 20))6:sourcei7eee"
        let torrent = try TorrentFile(parsing: Array(text.utf8))
        #expect(torrent.infoHash == InfoHash(of: Array(text.utf8.dropFirst(7).dropLast())))
        #expect(torrent.encoded() == Array(text.utf8))
        #expect(torrent.announce == nil)
    }

    @Test(arguments: [
        "de", "i1e", "d4:info0:e", "d4:infodee",
        "d4:infod5:filesle6:lengthi0e4:name1:a12:piece lengthi16384e6:pieces0:ee",
        "d4:infod6:lengthi-1e4:name1:a12:piece lengthi16384e6:pieces0:ee",
        "d4:infod6:lengthi0e4:name0:12:piece lengthi16384e6:pieces0:ee",
        "d4:infod6:lengthi0e4:name1:a12:piece lengthi0e6:pieces0:ee",
        "d4:infod6:lengthi0e4:name1:a12:piece lengthi-9223372036854775807e6:pieces0:ee",
        "d4:infod6:lengthi1e4:name1:a12:piece lengthi16384e6:pieces0:ee",
        "d4:infod6:lengthi9223372036854775807e4:name1:a12:piece lengthi1e6:pieces0:ee",
    ])
    func whatIsNoTorrentOfOneFileIsRefused(_ text: String) {
        #expect(throws: TorrentError.self) { try TorrentFile(parsing: Array(text.utf8)) }
    }
}
