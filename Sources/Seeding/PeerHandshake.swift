/// The first bytes of a connection, in both directions (BEP 3): which torrent it is about.
///
///     | 19 "BitTorrent protocol" | reserved: 8 bytes | info hash: 20 bytes | who speaks: 20 bytes |
struct PeerHandshake: Equatable {
    /// In bytes.
    static let length = 68
    private static let greeting: [UInt8] = [19] + Array("BitTorrent protocol".utf8)

    /// 20 bytes.
    let infoHash: [UInt8]
    /// 20 bytes: mostly its program, and what tells it from others.
    let peerID: [UInt8]

    /// - Parameters:
    ///   - infoHash: 20 bytes.
    ///   - peerID: 20 bytes.
    init(infoHash: [UInt8], peerID: [UInt8]) {
        (self.infoHash, self.peerID) = (infoHash, peerID)
    }

    /// nil if it is none; what is reserved counts for nothing, as no extension is offered.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.length, Self.canBegin(with: bytes) else { return nil }
        infoHash = Array(bytes.dropFirst(28).prefix(20))
        peerID = Array(bytes.suffix(20))
    }

    /// Whether one may begin so. What is encrypted may not: its client comes again in plain words, the sooner the
    /// earlier it is refused.
    static func canBegin(with bytes: ArraySlice<UInt8>) -> Bool { zip(bytes, greeting).allSatisfy { $0 == $1 } }

    /// Without extensions.
    var encoded: [UInt8] { Self.greeting + [UInt8](repeating: 0, count: 8) + infoHash + peerID }
}
