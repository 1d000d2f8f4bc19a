/// A torrent of one file (BEP 3, version 1).
package struct TorrentFile: Sendable {
    /// Bytes of a piece's SHA-1.
    package static let hashLength = 20

    /// The tracker's URL; nil: the file names none, and clients find each other otherwise.
    package let announce: String?
    /// The file's name, as clients save it.
    package let name: String
    /// The file's, in bytes.
    package let length: Int64
    /// In bytes; the last piece may be shorter.
    package let pieceLength: Int
    /// 20 bytes a piece.
    package let pieces: ArraySlice<UInt8>
    /// Whether clients shall ask the tracker alone for peers (BEP 27).
    package let isPrivate: Bool
    /// Of the info dictionary's bytes as they stood, keys that are not known here among them.
    package let infoHash: InfoHash
    private let info: ArraySlice<UInt8>

    /// 0 for an empty file.
    package var pieceCount: Int { pieces.count / Self.hashLength }

    /// The 20 bytes of a piece's hash.
    /// - Parameter index: 0-based, less than `pieceCount`.
    package func piece(_ index: Int) -> ArraySlice<UInt8> {
        let start = pieces.startIndex + index * Self.hashLength
        return pieces[start..<start + Self.hashLength]
    }

    /// The info dictionary holds exactly length, name, piece length and pieces, as mktorrent, ctorrent and buildtorrent
    /// have it: then the same image and piece length give the same info hash whoever made it.
    package init(
        name: String, length: Int64, pieceLength: Int, pieces: ArraySlice<UInt8>, isPrivate: Bool = false,
        announce: String?
    ) {
        var pairs: [String: Bencode] = [
            "length": .integer(length), "name": .text(name), "piece length": .integer(Int64(pieceLength)),
            "pieces": .bytes(pieces),
        ]
        if isPrivate { pairs["private"] = .integer(1) }
        let info = Bencode.dictionary(pairs).encoded()
        self.announce = announce
        self.name = name
        self.length = length
        self.pieceLength = pieceLength
        self.pieces = pieces
        self.isPrivate = isPrivate
        self.info = info[...]
        infoHash = InfoHash(of: info)
    }

    /// - Throws: `.malformed` for what is no torrent of one file.
    package init(parsing bytes: [UInt8]) throws(TorrentError) {
        let root: Bencode
        do { root = try BencodeReader.parse(bytes) } catch { throw .malformed(error.description) }
        guard let entry = root.entry("info"), case .dictionary = entry.value else {
            throw .malformed("it has no info dictionary")
        }
        let fields = entry.value
        guard fields["files"] == nil else { throw .malformed("it has several files") }
        guard let length = fields["length"]?.integer, length >= 0 else { throw .malformed("it has no length") }
        guard let name = fields["name"]?.text, !name.isEmpty else { throw .malformed("it has no name in UTF-8") }
        guard let wide = fields["piece length"]?.integer, (1...1 << 30).contains(wide) else {
            throw .malformed("it has no piece length from 1 to \(1 << 30)")
        }
        guard let count = PieceLength.count(length, in: Int(wide)) else {
            throw .malformed("it has more than \(PieceLength.pieceLimit) pieces")
        }
        guard let pieces = fields["pieces"]?.bytes, pieces.count == count * Self.hashLength else {
            throw .malformed("it has not the \(count) pieces that its length asks for")
        }
        announce = root["announce"]?.text
        self.name = name
        self.length = length
        pieceLength = Int(wide)
        self.pieces = pieces
        isPrivate = fields["private"]?.integer == 1
        info = entry.source
        infoHash = InfoHash(of: entry.source)
    }

    /// The file. No date and no maker: the same image gives the same bytes.
    package func encoded() -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(info.count + 256)
        output.append(UInt8(ascii: "d"))
        if let announce {
            Bencode.text("announce").write(to: &output)
            Bencode.text(announce).write(to: &output)
        }
        Bencode.text("info").write(to: &output)
        output += info
        output.append(UInt8(ascii: "e"))
        return output
    }
}
