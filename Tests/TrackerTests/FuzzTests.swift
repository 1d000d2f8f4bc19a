import FuzzKit
import Testing
import Torrent

@testable import Tracker

@Suite("fuzz") struct FuzzTests {
    @Test("no query ends the tracker, and what is taken holds what it promises") func http() throws {
        let samples = [
            "GET /announce?\(query()) HTTP/1.1\r\n\r\n",
            "GET /announce?\(query(2, event: "stopped", "&compact=0")) HTTP/1.0\n\n",
            "GET /scrape?info_hash=\(encoded([UInt8](repeating: 3, count: 20))) HTTP/1.1\r\nHost: x\r\n\r\n",
        ]
        var fuzz = Fuzz("tracker http", texts: samples, spice: "%&=?+0123456789abcdefABCDEF /")
        for _ in 0..<20_000 {
            switch HTTPRequest(parsing: fuzz.next()) {
            case .announce(let request):
                #expect(request.port > 0 && request.peerID.count == 20 && request.left ?? 0 >= 0)
                #expect(request.uploaded >= 0 && request.downloaded >= 0 && request.wanted ?? 0 >= 0)
            case .scrape(let hashes): #expect(!hashes.isEmpty && hashes.count <= HTTPRequest.hashLimit)
            case .incomplete, .refused, .failed: break
            }
        }
    }

    @Test("decoding gives back what was encoded, or nothing") func percent() {
        var fuzz = Fuzz("percent", texts: ["%41%zz+b", "%%%", "a%2", "%00%ff"], spice: "%+0123456789abcdef")
        for _ in 0..<20_000 {
            let bytes = fuzz.next()
            let text = Array(encoded(bytes).utf8)[...]
            #expect(PercentEncoding.decode(text, limit: bytes.count) == bytes)
            if !bytes.isEmpty { #expect(PercentEncoding.decode(text, limit: bytes.count - 1) == nil) }
            if let decoded = PercentEncoding.decode(bytes[...], limit: 32) {
                #expect(decoded.count <= min(32, bytes.count))
            }
        }
    }

    @Test("no number in a query is too much", arguments: ["left", "port", "uploaded", "downloaded", "numwant"])
    func numbers(_ field: String) {
        Hostile().text("info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=1&\(field)=5") { text in
            _ = try? AnnounceRequest(parsing: Array(text.utf8)[...])
        }
    }

    @Test("no packet ends the tracker") func udp() {
        let samples = [
            packet(DatagramRequest.magic, 0), packet(42, 1, announcePacket()),
            packet(42, 2, [UInt8](repeating: 1, count: 60)),
        ]
        var fuzz = Fuzz("tracker udp", samples: samples, spice: "\u{01}\u{02}\u{03}\u{04}")
        for _ in 0..<20_000 {
            guard let request = parsed(fuzz.next()) else { continue }
            switch request.content {
            case .success(.announce(let announce)): #expect(announce.port > 0 && announce.left ?? 0 >= 0)
            case .success(.scrape(let hashes)): #expect(!hashes.isEmpty && hashes.count <= DatagramRequest.hashLimit)
            case .success(.connect): #expect(request.connection == DatagramRequest.magic)
            case .failure: break
            }
        }
        for sample in samples { Hostile().bytes(sample) { _ = parsed($0) } }
    }

    @Test("a table that anything was told to keeps its counts and its limits") func table() throws {
        var settings = TrackerSettings()
        (settings.peerLimit, settings.peersOfAddress) = (20, 2)
        var table = SwarmTable(settings, random: QuickRandom(seed: Fuzz.seed))
        var random = SplitMix64(seed: Fuzz.seed)
        var now = 0.0
        var known: Set<PeerKey> = []
        _ = table.publish([try torrent(1), try torrent(2)])
        for _ in 0..<5_000 {
            now += Double.random(in: 0..<20, using: &random)
            var changes: [PeerChange] = []
            switch Int.random(in: 0..<30, using: &random) {
            case 0: changes = table.publish([try torrent(1), try torrent(UInt8.random(in: 2...3, using: &random))])
            case 1: changes = table.expire(at: Moment.at(now).nanoseconds)
            default:
                let request = try announce(
                    UInt8.random(in: 1...3, using: &random), port: Int.random(in: 1...4, using: &random),
                    left: [nil, 0, 500, 1000, 1500].randomElement(using: &random) ?? nil,
                    event: [nil, nil, "started", "completed", "stopped"].randomElement(using: &random) ?? nil)
                let asker = try address(
                    "10.0.\(Int.random(in: 0...9, using: &random)).\(Int.random(in: 1...3, using: &random))")
                guard let outcome = try? table.announce(request, from: asker, at: .at(now), TestSchool()) else {
                    continue
                }
                #expect(!outcome.answer.peers.contains { $0.key == .init(address: asker, port: request.port) })
                changes = outcome.changes
            }
            // Who listens to the changes alone knows who is there.
            for change in changes { PeerKey.apply(change, to: &known) }
            let swarms = table.shown(at: 0)
            #expect(Set(swarms.flatMap { swarm in swarm.peers.map { PeerKey(swarm.torrent.infoHash, $0) } }) == known)
            for swarm in swarms {
                #expect(swarm.peers.count <= 20)
                #expect(Dictionary(grouping: swarm.peers, by: \.address).allSatisfy { $0.value.count <= 2 })
                let figures = table.scrape([swarm.torrent.infoHash]).first?.figures
                #expect(figures?.seeds == swarm.peers.count { $0.isSeed })
                #expect(figures?.leechers == swarm.peers.count { !$0.isSeed })
            }
        }
    }

    private struct PeerKey: Hashable {
        let hash: InfoHash
        let peer: String

        init(_ hash: InfoHash, _ peer: Swarm.Peer) {
            (self.hash, self.peer) = (hash, "\(peer.address):\(peer.port)")
        }

        static func apply(_ change: PeerChange, to known: inout Set<PeerKey>) {
            let key = PeerKey(change.infoHash, change.peer)
            switch change.kind {
            case .started: #expect(known.insert(key).inserted)
            case .progressed, .completed: #expect(known.contains(key))
            case .stopped, .expired, .dropped: #expect(known.remove(key) != nil)
            }
        }
    }
}
