import LinboModel
import Testing
import Torrent

@testable import Tracker

@Suite("swarms") struct SwarmTableTests {
    private static func table(_ settings: TrackerSettings = TrackerSettings()) throws -> SwarmTable {
        var table = SwarmTable(settings, random: QuickRandom(seed: 1))
        _ = table.publish([try torrent(1), try torrent(2)])
        return table
    }

    @Test("two find each other, and nobody finds itself") func meeting() throws {
        var table = try Self.table()
        let places = FlatNetwork()
        let first = try table.announce(try announce(left: 0, event: "started"), from: 1, at: .at(0), places)
        #expect(first.answer.peers.isEmpty && first.answer.figures == .init(seeds: 1, leechers: 0, completed: 0))
        let second = try table.announce(try announce(event: "started"), from: 2, at: .at(1), places)
        #expect(second.answer.peers.map(\.key) == [.init(address: 1, port: 6881)])
        #expect(second.answer.figures == .init(seeds: 1, leechers: 1, completed: 0))
        let again = try table.announce(try announce(left: 0), from: 1, at: .at(2), places)
        #expect(again.answer.peers.map(\.key.address) == [2])
        // Of another torrent nobody is told.
        #expect(try table.announce(try announce(2), from: 3, at: .at(2), places).answer.peers.isEmpty)
    }

    @Test("only what is published is served; a swarm goes with its torrent, others stay") func publishing() throws {
        var table = try Self.table()
        let places = FlatNetwork()
        #expect(throws: TrackerRefusal.notPublished) {
            try table.announce(try announce(3), from: 1, at: .at(0), places)
        }
        for number: UInt8 in [1, 2] { _ = try table.announce(try announce(number), from: 1, at: .at(0), places) }
        let changes = table.publish([try torrent(2), try torrent(3)])
        #expect(try changes.map(\.kind) == [.dropped] && changes.first?.infoHash == hash(1))
        #expect(throws: TrackerRefusal.notPublished) {
            try table.announce(try announce(1), from: 1, at: .at(0), places)
        }
        #expect(table.scrape([try hash(1), try hash(2), try hash(3)]).map(\.figures.leechers) == [1, 0])
        _ = table.publish([try torrent(1), try torrent(2)])
        #expect(table.scrape([try hash(1)]).first?.figures.leechers == 0)
        #expect(
            TrackerRefusal.notPublished.description
                == "Requested download is not authorized for use with this tracker.")
    }

    @Test("progress: started, progressed, completed once, stopped; with the rate between announces") func progress()
        throws
    {
        var table = try Self.table()
        func tell(_ left: Int64, _ event: String?, at seconds: Double) throws -> [PeerChange] {
            try table.announce(try announce(left: left, event: event), from: 9, at: .at(seconds), FlatNetwork()).changes
        }
        let started = try tell(1000, "started", at: 0)
        #expect(started.map(\.kind) == [.started] && started.first?.peer.rate == nil)
        #expect(try tell(1000, nil, at: 10).isEmpty)
        let progressed = try tell(600, nil, at: 30)
        #expect(progressed.map(\.kind) == [.progressed])
        #expect(progressed.first?.peer.rate == 20 && progressed.first?.peer.left == 600)
        let completed = try tell(0, "completed", at: 40)
        #expect(completed.map(\.kind) == [.completed] && completed.first?.peer.rate == 60)
        #expect(completed.first?.peer.isSeed == true)
        #expect(try tell(0, "completed", at: 40.5).isEmpty)
        #expect(table.scrape([try hash(1)]).first?.figures == .init(seeds: 1, leechers: 0, completed: 1))
        let shown = table.shown(at: Moment.at(41).nanoseconds).first { !$0.peers.isEmpty }
        #expect(shown?.completed == 1 && shown?.torrent.length == 1000)
        let peer = shown?.peers.first
        #expect(peer?.address == IPAddress("0.0.0.9") && peer?.port == 6881 && peer?.rate == 60)
        #expect(peer?.firstSeen == 1_700_000_000 && peer?.lastSeen == 1_700_000_040)
        // A file that was damaged: not all is there any more, which is no rate.
        let damaged = try tell(300, nil, at: 50)
        #expect(damaged.map(\.kind) == [.progressed] && damaged.first?.peer.rate == 0)
        let stopped = try tell(300, "stopped", at: 60)
        #expect(stopped.map(\.kind) == [.stopped] && table.isEmpty)
        #expect(try tell(300, "stopped", at: 60).isEmpty)
    }

    @Test("who ends as soon as it has all has completed, too, as aria2c does with LINBO's options") func endWithAll()
        throws
    {
        var table = try Self.table()
        let places = FlatNetwork()
        _ = try table.announce(try announce(event: "started"), from: 1, at: .at(0), places)
        let ended = try table.announce(try announce(left: 0, event: "stopped"), from: 1, at: .at(10), places)
        #expect(ended.changes.map(\.kind) == [.completed, .stopped] && ended.changes.last?.peer.rate == 100)
        #expect(table.scrape([try hash(1)]).first?.figures == .init(seeds: 0, leechers: 0, completed: 1))
        _ = try table.announce(try announce(event: "started"), from: 2, at: .at(20), places)
        let broken = try table.announce(try announce(left: 300, event: "stopped"), from: 2, at: .at(30), places)
        #expect(broken.changes.map(\.kind) == [.progressed, .stopped])
    }

    @Test("nobody has more left than there is; who does not tell has nothing") func lengths() throws {
        var table = try Self.table()
        func left(_ left: Int64?, _ event: String? = nil, from address: UInt32) throws -> Int64? {
            let request = try announce(left: left, event: event)
            return try table.announce(request, from: address, at: .at(0), FlatNetwork()).changes.first?.peer.left
        }
        #expect(try left(5000, from: 1) == 1000)
        #expect(try left(.max, from: 2) == 1000)
        #expect(try left(nil, from: 3) == 1000)
        #expect(try left(nil, "completed", from: 4) == 0)
    }

    @Test("who is silent for two intervals is told to nobody, and goes") func expiry() throws {
        var table = try Self.table()
        let places = FlatNetwork()
        _ = try table.announce(try announce(), from: 1, at: .at(0), places)
        _ = try table.announce(try announce(left: 0), from: 2, at: .at(0), places)
        let before = try table.announce(try announce(), from: 3, at: .at(119), places)
        #expect(Set(before.answer.peers.map(\.key.address)) == [1, 2])
        let after = try table.announce(try announce(), from: 3, at: .at(120), places)
        #expect(after.answer.peers.map(\.key.address) == [2])
        let changes = table.expire(at: Moment.at(121).nanoseconds)
        #expect(changes.map(\.kind) == [.expired] && changes.first?.peer.address == IPAddress(v4: 1))
        #expect(table.expire(at: Moment.at(121).nanoseconds).isEmpty)
        // One that comes back before it was looked for starts anew.
        let back = try table.announce(try announce(left: 0), from: 2, at: .at(600), places)
        #expect(back.changes.map(\.kind) == [.expired, .started])
        #expect(table.expire(at: Moment.at(5000).nanoseconds).count == 2 && table.isEmpty)
    }

    @Test("an address has few peers, a torrent a limit") func bounds() throws {
        var settings = TrackerSettings()
        (settings.peerLimit, settings.peersOfAddress) = (5, 3)
        var table = try Self.table(settings)
        let places = FlatNetwork()
        for port in 1...5 { _ = try table.announce(try announce(port: port), from: 1, at: .at(Double(port)), places) }
        let ports = table.shown(at: 0).flatMap { $0.peers.map(\.port) }
        #expect(Set(ports) == [3, 4, 5])
        for address in 2...9 as ClosedRange<UInt32> {
            let outcome = try table.announce(try announce(), from: address, at: .at(10), places)
            #expect(!outcome.answer.peers.isEmpty && outcome.changes.count == (address < 4 ? 1 : 0))
        }
        #expect(table.scrape([try hash(1)]).first?.figures.leechers == 5)
    }

    @Test("seeds are asked back later; who stops is told of nobody") func intervals() throws {
        var table = try Self.table()
        let places = FlatNetwork()
        let leecher = try table.announce(try announce(), from: 1, at: .at(0), places).answer
        #expect(leecher.interval == 60 && leecher.leastInterval == 30)
        let seed = try table.announce(try announce(left: 0), from: 2, at: .at(0), places).answer
        #expect(seed.interval == 300 && seed.leastInterval == 300)
        #expect(try table.announce(try announce(event: "stopped"), from: 3, at: .at(0), places).answer.peers.isEmpty)
    }
}
