import Foundation
import HookTesting
import LinboModel
import LinuxKit
import Testing
import Torrent

@testable import Tracker

@Suite("tracker") struct TrackerTests {
    @Test("HTTP: two meet; the address is the one they ask from, whatever they say") func http() async throws {
        try await TrackerLab.open { lab in
            lab.tracker.publish([try torrent(1)])
            let first = try await lab.get(
                "/announce?\(query(left: 0, event: "started", "&ip=8.8.8.8&ipv6=%3A%3A1"))", from: "127.0.0.2")
            #expect(
                first.head.hasPrefix("HTTP/1.1 200 OK\r\n")
                    && first.head.contains("Content-Length: \(first.body.count)"))
            let second = try await lab.announce(query(port: 6999, event: "started"), from: "127.0.0.3")
            #expect(TrackerLab.peers(second["peers"]?.bytes) == ["127.0.0.2:6881"])
            #expect(second["complete"]?.integer == 1 && second["incomplete"]?.integer == 1)
            #expect(second["interval"]?.integer == 60 && second["min interval"]?.integer == 30)
            let plain = try await lab.announce(query(port: 6999, "&compact=0"), from: "127.0.0.3")
            guard case .list(let peers) = plain["peers"] else {
                Issue.record("\(plain)")
                return
            }
            #expect(peers.first?["ip"]?.text == "127.0.0.2" && peers.first?["port"]?.integer == 6881)
            #expect(peers.first?["peer id"]?.text == "-TEST00-abcdefghijkl")
            let bare = try await lab.announce(query(port: 6999, "&compact=0&no_peer_id=1"), from: "127.0.0.3")
            guard case .list(let bares) = bare["peers"] else {
                Issue.record("\(bare)")
                return
            }
            #expect(bares.first?["ip"]?.text == "127.0.0.2" && bares.first?["peer id"] == nil)
            #expect(lab.changes.all.map(\.kind) == [.started, .started])
            let swarms = await lab.tracker.swarms()
            #expect(swarms.count == 1 && swarms.first?.peers.count == 2)
            #expect(lab.tracker.counters.announces == 4)
        }
    }

    @Test("what is not published is refused, in the words of opentracker; publishing counts at once") func published()
        async throws
    {
        try await TrackerLab.open { lab in
            let words = "Requested download is not authorized for use with this tracker."
            #expect(try await lab.announce(query())["failure reason"]?.text == words)
            for number: UInt8 in 1...50 {
                lab.tracker.publish([try torrent(number)])
                #expect(try await lab.announce(query(number))["failure reason"] == nil)
                #expect(try await lab.announce(query(number + 1))["failure reason"]?.text == words)
            }
            lab.tracker.publish([])
            #expect(try await lab.announce(query(50))["failure reason"]?.text == words)
            #expect(lab.changes.all.count == 100 && lab.changes.all.last?.kind == .dropped)
            #expect(await lab.tracker.swarms().isEmpty)
        }
    }

    @Test("scrape by HTTP and UDP") func scrape() async throws {
        try await TrackerLab.open { lab in
            lab.tracker.publish([try torrent(1), try torrent(2)])
            _ = try await lab.announce(query(event: "started"), from: "127.0.0.2")
            _ = try await lab.announce(query(left: 0, event: "completed"), from: "127.0.0.2")
            _ = try await lab.announce(query(), from: "127.0.0.3")
            let fields = [UInt8(2), 1, 1, 3].map { "info_hash=\(encoded([UInt8](repeating: $0, count: 20)))" }
            let answer = try BencodeReader.parse(try await lab.get("/scrape?\(fields.joined(separator: "&"))").body)
            guard case .dictionary(let files) = answer["files"] else {
                Issue.record("\(answer)")
                return
            }
            #expect(files.map { Array($0.key) } == [1, 2].map { [UInt8](repeating: $0, count: 20) })
            let first = files.first?.value
            #expect(first?["complete"]?.integer == 1 && first?["incomplete"]?.integer == 1)
            #expect(first?["downloaded"]?.integer == 1)
            #expect(try await lab.get("/scrape").body == Array("d14:failure reason20:info_hash is missinge".utf8))

            let (socket, connection) = try await connected(lab)
            socket.send(packet(connection, 2, try hash(3).bytes + hash(1).bytes))
            #expect(try await socket.receive() == numbers(2, 0xCAFE, 0, 0, 0, 1, 1, 1))
        }
    }

    @Test("UDP: connect, announce, and no answer for who can't have got the connection id") func udp() async throws {
        try await TrackerLab.open { lab in
            lab.tracker.publish([try torrent(1)])
            _ = try await lab.announce(query(left: 0), from: "127.0.0.2")
            let (socket, connection) = try await connected(lab, from: "127.0.0.3")
            socket.send(packet(connection, 1, announcePacket(saidAddress: 0x0808_0808)))
            let answer = try await socket.receive()
            #expect(Array(answer.prefix(20)) == numbers(1, 0xCAFE, 30, 1, 1))
            #expect(TrackerLab.peers(answer.dropFirst(20)) == ["127.0.0.2:6881"])
            #expect(lab.changes.all.last?.peer.address == IPAddress("127.0.0.3"))

            socket.send(packet(connection, 1, announcePacket(9)))
            let refused = try await socket.receive()
            #expect(String(decoding: refused.dropFirst(8), as: UTF8.self) == TrackerRefusal.notPublished.description)

            // Another address has heard of the id, or somebody guesses.
            for wrong in [connection, connection ^ 1, DatagramRequest.magic] {
                let other = try RawSocket(SOCK_DGRAM, from: "127.0.0.4", to: lab.tracker.port)
                other.send(packet(wrong, 1, announcePacket()))
                #expect(try await other.receive() == numbers(3, 0xCAFE) + Array("Connection ID mismatch.".utf8))
            }
            #expect(await lab.tracker.swarms().first?.peers.count == 2)
        }
    }

    @Test("a tracker of all addresses answers from the one that was asked") func allAddresses() async throws {
        try await TrackerLab.open {
            $0.listen = [ListenAddress(address: IPAddress(v4: 0), port: 0)]
        } _: { lab in
            // The socket is connected, and takes packets from there alone.
            let (socket, connection) = try await connected(lab, from: "127.0.0.9")
            lab.tracker.publish([try torrent(1)])
            socket.send(packet(connection, 1, announcePacket()))
            #expect(try await socket.receive().count == 20)
        }
    }

    @Test("rooms: who is near is told first, and nobody of whom it can't reach") func rooms() async throws {
        struct Rooms: PeerPlaces {
            func place(of address: IPAddress) -> Place {
                Place(address, room: "r\(address.bytes[2])", subnet: "all", isServer: address.bytes[2] == 0)
            }
            func canReach(_ peer: Place, from asker: Place) -> Bool { peer.room != "r9" || asker.room == "r9" }
        }
        try await TrackerLab.open(places: Rooms()) { lab in
            lab.tracker.publish([try torrent(1)])
            for peer in ["127.0.0.2", "127.0.9.1", "127.0.2.1", "127.0.1.1"] {
                _ = try await lab.announce(query(), from: peer)
            }
            let answer = try await lab.announce(query(), from: "127.0.1.2")
            #expect(
                TrackerLab.peers(answer["peers"]?.bytes) == ["127.0.1.1:6881", "127.0.2.1:6881", "127.0.0.2:6881"])
        }
    }

    @Test("other paths and methods are no tracker's") func others() async throws {
        try await TrackerLab.open { lab in
            #expect(try await lab.get("/").head.hasPrefix("HTTP/1.1 404 "))
            #expect(try await lab.get("/stats").head.hasPrefix("HTTP/1.1 404 "))
            for (request, status) in [
                ("POST /announce HTTP/1.1\r\n\r\n", "405 "), ("nonsense\r\n\r\n", "400 "),
                ("GET /" + String(repeating: "x", count: 8192), "431 "),
            ] {
                let socket = try RawSocket(SOCK_STREAM, to: lab.tracker.port)
                socket.send(Array(request.utf8))
                #expect(String(decoding: try await socket.readToEnd(), as: UTF8.self).hasPrefix("HTTP/1.1 \(status)"))
            }
        }
    }

    @Test("a request in pieces is answered; one that never ends is ended, and is in nobody's way") func slow()
        async throws
    {
        try await TrackerLab.open {
            $0.patience = 2
        } _: { lab in
            lab.tracker.publish([try torrent(1)])
            let hanging = try (0..<8).map { _ in try RawSocket(SOCK_STREAM, from: "127.0.0.2", to: lab.tracker.port) }
            for socket in hanging { socket.send(Array("GET /announce?".utf8)) }
            let pieces = try RawSocket(SOCK_STREAM, from: "127.0.0.3", to: lab.tracker.port)
            pieces.send(Array("GET /announce?".utf8))
            #expect(try await lab.announce(query())["failure reason"] == nil)
            pieces.send(Array("\(query()) HTTP/1.1\r\n".utf8))
            #expect(try await lab.announce(query())["failure reason"] == nil)
            pieces.send(Array("\r\n".utf8))
            #expect(String(decoding: try await pieces.readToEnd(), as: UTF8.self).hasPrefix("HTTP/1.1 200 "))
            for socket in hanging { #expect(try await socket.readToEnd().isEmpty) }
        }
    }

    @Test("too many connections of one address: its oldest end") func manyConnections() async throws {
        try await TrackerLab.open {
            ($0.connectionsOfAddress, $0.patience) = (3, 600)
        } _: { lab in
            lab.tracker.publish([try torrent(1)])
            var hanging: [RawSocket] = []
            for _ in 0..<10 {
                let socket = try RawSocket(SOCK_STREAM, from: "127.0.0.2", to: lab.tracker.port)
                socket.send([UInt8(ascii: "G")])
                hanging.append(socket)
            }
            for socket in hanging.prefix(7) { #expect(try await socket.readToEnd().isEmpty) }
            #expect(try await lab.announce(query(), from: "127.0.0.2")["failure reason"] == nil)
        }
    }

    @Test("who asks too often is not answered; others are, and so are the daemon's own") func tooOften() async throws {
        let places = FlatNetwork(servers: [IPAddress(v4: 0x7F00_0007)])
        // A token in a thousand seconds.
        try await TrackerLab.open(places: places) {
            ($0.requestRate, $0.requestBurst) = (1, 3)
        } _: { lab in
            lab.tracker.publish([try torrent(1)])
            var answers = 0
            while lab.tracker.counters.tooFast == 0, answers < 1000 {
                _ = try? await lab.announce(query(), from: "127.0.0.2")
                answers += 1
            }
            #expect(answers >= 4 && lab.tracker.counters.tooFast > 0)
            #expect(try await lab.announce(query(), from: "127.0.0.3")["failure reason"] == nil)
            for _ in 0..<20 { #expect(try await lab.announce(query(), from: "127.0.0.7")["failure reason"] == nil) }
        }
    }

    @Test("its end frees the port, and answers who still asks") func ending() async throws {
        var port: UInt16 = 0
        var ended: Tracker?
        try await TrackerLab.open { lab in
            lab.tracker.publish([try torrent(1)])
            _ = try await lab.announce(query())
            (port, ended) = (lab.tracker.port, lab.tracker)
        }
        #expect(await ended?.swarms().isEmpty == true)
        ended?.publish([])
        let address = ListenAddress(address: IPAddress(v4: 0x7F00_0001), port: port)
        let next = try Tracker(TrackerSettings(listen: [address]), places: FlatNetwork())
        #expect(next.port == port)
        #expect(throws: SystemError.self) { try Tracker(TrackerSettings(listen: [address]), places: FlatNetwork()) }
    }

    @Test("IPv6 is refused by name") func version6() throws {
        let address = try #require(ListenAddress("[::1]", defaultPort: 0))
        #expect(throws: SystemError("bind", "[::1]:0", code: EAFNOSUPPORT)) {
            try Tracker(TrackerSettings(listen: [address]), places: FlatNetwork())
        }
    }

    // MARK: UDP

    private func connected(
        _ lab: TrackerLab, from address: String = "127.0.0.1"
    ) async throws -> (RawSocket, UInt64) {
        let socket = try RawSocket(SOCK_DGRAM, from: address, to: lab.tracker.port)
        socket.send(packet(DatagramRequest.magic, 0))
        let answer = try await socket.receive()
        #expect(answer.count == 16 && Array(answer.prefix(8)) == numbers(0, 0xCAFE))
        return (socket, answer.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
    }

    private func numbers(_ numbers: UInt32...) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in numbers { bytes.append(bigEndian: number) }
        return bytes
    }
}
