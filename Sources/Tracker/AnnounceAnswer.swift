import Torrent

/// How many peers a torrent has, in BEP 48's words `complete`, `incomplete` and `downloaded`.
struct SwarmFigures: Sendable, Hashable {
    let seeds: Int
    let leechers: Int
    let completed: Int
}

/// What a client is told, before it is written as one transport or the other wants it.
struct AnnounceAnswer: Sendable, Hashable {
    struct Peer: Sendable, Hashable {
        let key: PeerAddress
        let id: [UInt8]
    }

    /// In seconds.
    let interval: UInt32
    let leastInterval: UInt32
    let figures: SwarmFigures
    let peers: [Peer]

    /// The body of an answer by HTTP (BEP 3, BEP 23).
    func encoded(_ form: AnnounceRequest.Form) -> [UInt8] {
        Bencode.dictionary([
            "complete": .integer(Int64(figures.seeds)), "incomplete": .integer(Int64(figures.leechers)),
            "downloaded": .integer(Int64(figures.completed)), "interval": .integer(Int64(interval)),
            "min interval": .integer(Int64(leastInterval)), "peers": list(form),
        ]).encoded()
    }

    private func list(_ form: AnnounceRequest.Form) -> Bencode {
        switch form {
        case .compact: return .bytes(compact()[...])
        case .dictionaries(let withPeerID):
            return .list(
                peers.map { peer in
                    var pairs: [String: Bencode] = [
                        "ip": .text(peer.key.dotted), "port": .integer(Int64(peer.key.port)),
                    ]
                    if withPeerID { pairs["peer id"] = .bytes(peer.id[...]) }
                    return .dictionary(pairs)
                })
        }
    }

    /// 6 bytes a peer: address and port.
    func compact() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(6 * peers.count)
        for peer in peers {
            bytes.append(bigEndian: peer.key.address)
            bytes.append(bigEndian: peer.key.port)
        }
        return bytes
    }
}

/// Bodies of the other answers by HTTP.
enum TrackerBody {
    /// What clients show their user.
    static func failure(_ refusal: TrackerRefusal) -> [UInt8] {
        Bencode.dictionary(["failure reason": .text(refusal.description)]).encoded()
    }

    /// BEP 48.
    static func scrape(_ torrents: [(hash: InfoHash, figures: SwarmFigures)]) -> [UInt8] {
        var files: [Bencode.Entry] = []
        for (hash, figures) in torrents.sorted(by: { $0.hash.bytes.lexicographicallyPrecedes($1.hash.bytes) }) {
            // A dictionary has no key twice, however often it was asked for.
            guard files.last?.key != hash.bytes[...] else { continue }
            let value = Bencode.dictionary([
                "complete": .integer(Int64(figures.seeds)), "incomplete": .integer(Int64(figures.leechers)),
                "downloaded": .integer(Int64(figures.completed)),
            ])
            files.append(Bencode.Entry(key: hash.bytes[...], value: value))
        }
        return Bencode.dictionary(["files": .dictionary(files)]).encoded()
    }
}
