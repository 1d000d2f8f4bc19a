/// Cuts what came from a peer into a handshake and messages. It holds no more than one message and what came with it.
struct PeerStream {
    private var bytes: [UInt8] = []
    private var start = 0
    /// Bytes that a message may have.
    private var limit: Int

    /// For what comes before a torrent is known.
    static let shortest = 1 << 10

    init() {
        limit = Self.shortest
    }

    /// What came, whatever of it was asked for yet.
    mutating func add(_ more: some Sequence<UInt8>) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// - Parameter pieces: of the torrent that it is about: a client tells of all of them in one message.
    mutating func allow(pieces: Int) { limit = Self.shortest + (pieces + 7) / 8 }

    /// nil: it is not whole yet.
    mutating func handshake() throws(PeerFault) -> PeerHandshake? {
        let rest = bytes[start...]
        guard PeerHandshake.canBegin(with: rest) else { throw .malformed }
        guard rest.count >= PeerHandshake.length else { return nil }
        start += PeerHandshake.length
        guard let handshake = PeerHandshake(rest.prefix(PeerHandshake.length)) else { throw .malformed }
        return handshake
    }

    /// nil: the next one is not whole yet.
    mutating func message() throws(PeerFault) -> PeerMessage? {
        let rest = bytes[start...]
        guard rest.count >= 4 else { return nil }
        let length = PeerMessage.bigEndian32(rest)
        guard length <= limit else { throw .malformed }
        guard rest.count >= 4 + length else { return nil }
        start += 4 + length
        return try PeerMessage(rest.dropFirst(4).prefix(length))
    }
}
