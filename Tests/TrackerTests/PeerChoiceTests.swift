import LinboModel
import Testing

@testable import Tracker

@Suite("which peers") struct PeerChoiceTests {
    /// Who announced, and what somebody who comes then is told.
    private func told(
        _ asker: String, _ peers: [String], seeds: Set<String> = [], left: Int64 = 1000, wanted: Int = 50
    ) throws -> [String] {
        var table = SwarmTable(TrackerSettings(), random: QuickRandom(seed: 1))
        _ = table.publish([try torrent(1)])
        for peer in peers {
            let request = try announce(left: seeds.contains(peer) ? 0 : 500)
            _ = try table.announce(request, from: try address(peer), at: .at(0), TestSchool())
        }
        let request = try announce(left: left, event: "started", "&numwant=\(wanted)")
        return try table.announce(request, from: try address(asker), at: .at(1), TestSchool()).answer.peers.map(
            \.key.dotted)
    }

    @Test("the same room first, then the subnet, then servers, then others") func order() throws {
        let peers = ["10.0.3.1", "10.0.0.1", "10.0.2.1", "10.0.1.1", "10.0.0.77"]
        let told = try told("10.0.1.9", peers)
        #expect(Array(told.prefix(3)) == ["10.0.1.1", "10.0.2.1", "10.0.0.1"])
        #expect(Set(told.suffix(2)) == ["10.0.3.1", "10.0.0.77"])
        #expect(try self.told("10.0.1.9", peers, wanted: 2) == ["10.0.1.1", "10.0.0.1"])
    }

    @Test("who can't be reached is not told of, be it the only one") func reach() throws {
        #expect(try told("10.0.9.1", ["10.0.1.1", "10.0.0.1"]).isEmpty)
        #expect(try told("10.0.9.1", ["10.0.1.1", "10.0.9.2"]) == ["10.0.9.2"])
        #expect(try told("10.0.1.1", ["10.0.9.2", "10.0.4.1"]) == ["10.0.4.1"])
    }

    @Test("seeds are not told of seeds") func seeds() throws {
        let peers = ["10.0.1.1", "10.0.1.2", "10.0.0.1"]
        #expect(try told("10.0.1.9", peers, seeds: ["10.0.1.1", "10.0.0.1"], left: 0) == ["10.0.1.2"])
        #expect(try told("10.0.1.9", peers, seeds: ["10.0.1.1", "10.0.0.1"]).count == 3)
    }

    @Test("at most fifty, a server among them, whatever is wished") func limit() throws {
        let room = (1...80).map { "10.0.1.\($0)" }
        for wanted in [50, 51, 1000, Int.max] {
            let told = try told("10.0.1.99", room + ["10.0.0.1"], wanted: wanted)
            #expect(told.count == 50 && Set(told).count == 50 && told.last == "10.0.0.1")
        }
        #expect(try told("10.0.1.99", room, wanted: 0).isEmpty)
        #expect(try told("10.0.1.99", room, wanted: 3).count == 3)
    }

    @Test("at random within a room, so that nobody is everybody's peer") func spread() throws {
        var table = SwarmTable(TrackerSettings(), random: QuickRandom(seed: 7))
        _ = table.publish([try torrent(1)])
        for host in 1...40 {
            _ = try table.announce(try announce(), from: try address("10.0.1.\(host)"), at: .at(0), TestSchool())
        }
        var counts: [UInt32: Int] = [:]
        for _ in 0..<400 {
            let request = try announce(1, "&numwant=4")
            let answer = try table.announce(request, from: try address("10.0.1.99"), at: .at(1), TestSchool()).answer
            for peer in answer.peers { counts[peer.key.address, default: 0] += 1 }
        }
        // 1600 in all, 40 each.
        #expect(counts.count == 40 && counts.values.allSatisfy { (15...75).contains($0) })
    }
}
