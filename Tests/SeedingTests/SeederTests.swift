import Foundation
import FuzzKit
import HookTesting
import LinboModel
import LinuxKit
import Testing
import Torrent

@testable import Seeding

/// What a seeder does with files that change, torrents that do not fit, and peers that misbehave.
@Suite struct SeederTests {
    private static func slice(_ bytes: [UInt8], _ start: Int, _ count: Int) -> [UInt8] {
        Array(bytes[start..<start + count])
    }

    @Test("blocks of every length come as they are, each piece proven once, and the peer's progress is told")
    func blocks() async throws {
        try await SeedLab.open { lab in
            let bytes = SeedLab.noise()
            let torrent = try lab.seed("a.qcow2", bytes)
            let peer = try RawPeer(lab)
            try await peer.greet(torrent)
            try await peer.unchoke()
            for (piece, begin, length) in [
                (0, 0, 16384), (0, 131_072, 131_072), (1, 5, 1), (5, 12_340, 5), (5, 0, 12_345), (0, 0, 131_072),
            ] {
                let got = try await peer.block(piece, begin, length)
                #expect(got == Self.slice(bytes, piece * SeedLab.pieceLength + begin, length), "\(piece) \(begin)")
            }
            try peer.send(RawPeer.message(5, rest: [0b1010_0000]) + RawPeer.message(4, 1))
            try await eventually("what it has, and what it got") {
                guard let state = lab.state(torrent), let peer = state.peers.first else { return false }
                return peer.pieces == 3 && peer.client == "-XX0001-" && state.provenPieces == 3 && state.pieces == 6
                    && state.uploaded == 16384 + 2 * 131_072 + 1 + 5 + 12_345 && peer.uploaded == state.uploaded
                    && state.phase == .seeding && state.unfinished == 1 && peer.address == IPAddress("127.0.0.1")
            }
            let open = try lab.openImages()
            #expect(open.map(\.path) == [lab.path("a.qcow2")] && open.map(\.mode) == [Int(O_RDONLY)])
        }
    }

    @Test("what is published under its name is not what is seeded, and what was read stays the old one's")
    func published() async throws {
        try await SeedLab.open { lab in
            let (old, new) = (SeedLab.noise(), SeedLab.noise())
            let torrent = try lab.seed("a.qcow2", old)
            let peer = try RawPeer(lab)
            try await peer.greet(torrent)
            try await peer.unchoke()
            #expect(try await peer.block(0, 0, 16384) == Self.slice(old, 0, 16384))
            try lab.publish("a.qcow2", new)
            #expect(try await peer.block(1, 0, 16384) == Self.slice(old, SeedLab.pieceLength, 16384))
            let next = try lab.torrent("a.qcow2")
            #expect(lab.seeder.want([SeedWish(next, path: lab.path("a.qcow2"))]).isEmpty)
            let other = try RawPeer(lab)
            try await other.greet(next)
            try await other.unchoke()
            #expect(try await other.block(0, 0, 16384) == Self.slice(new, 0, 16384))
            #expect(try await peer.block(2, 0, 16384) == Self.slice(old, 2 * SeedLab.pieceLength, 16384))
            try await eventually("the old one goes with its peers") { lab.state(torrent)?.phase == .retiring }
            #expect(try Data(contentsOf: URL(filePath: lab.path("a.qcow2"))) == Data(new))
        }
    }

    @Test("an old set goes when its last peer is done, and is there again at once if it is wanted again")
    func retirement() async throws {
        try await SeedLab.open(linger: SeedLinger(shortest: .zero, longest: .seconds(3600))) { lab in
            let torrent = try lab.seed("a.qcow2", SeedLab.noise())
            let peer = try RawPeer(lab)
            try await peer.greet(torrent)
            _ = lab.seeder.want([])
            try await eventually("it stays for the peer") { lab.state(torrent)?.phase == .retiring }
            let late = try RawPeer(lab)
            try await late.greet(torrent)
            #expect(lab.seeder.want([SeedWish(torrent, path: lab.path("a.qcow2"))]).isEmpty)
            try await eventually("it is wanted again") { lab.state(torrent)?.phase == .seeding }
            _ = lab.seeder.want([])
            try peer.send(RawPeer.message(5, rest: [0xFF]))
            try late.send(RawPeer.message(5, rest: [0xFF]))
            for peer in [peer, late] { #expect(try await peer.isSentAway()) }
            try await eventually("nothing is left of it") { try lab.seeder.states.isEmpty && lab.openImages().isEmpty }
        }
        try await SeedLab.open(linger: SeedLinger(shortest: .zero, longest: .zero)) { lab in
            let torrent = try lab.seed("a.qcow2", SeedLab.noise())
            let peer = try RawPeer(lab)
            try await peer.greet(torrent)
            _ = lab.seeder.want([])
            #expect(try await peer.isSentAway())
        }
    }

    @Test(
        "an old torrent beside a new image is refused, and the image stays as it is",
        arguments: [SeedLab.size - 1, SeedLab.size + 1, 0])
    func wrongLength(_ size: Int) async throws {
        try await SeedLab.open { lab in
            try lab.publish("a.qcow2", SeedLab.noise())
            let torrent = try lab.torrent("a.qcow2")
            let new = SeedLab.noise(size)
            try lab.publish("a.qcow2", new)
            let refused = lab.seeder.want([SeedWish(torrent, path: lab.path("a.qcow2"))])
            #expect(
                refused.map(\.fault) == [
                    .wrongLength(path: lab.path("a.qcow2"), image: Int64(size), torrent: Int64(SeedLab.size))
                ])
            #expect(try await RawPeer(lab).isGreetedWithNothing(torrent))
            #expect(try Data(contentsOf: URL(filePath: lab.path("a.qcow2"))) == Data(new))
            #expect(try FileManager.default.contentsOfDirectory(atPath: lab.path("")) == ["a.qcow2"])
        }
    }

    @Test("an old torrent beside a new image of the same length: not one wrong byte leaves")
    func wrongPieces() async throws {
        try await SeedLab.open { lab in
            var new = SeedLab.noise()
            try lab.publish("a.qcow2", new)
            let torrent = try lab.torrent("a.qcow2")
            new[2 * SeedLab.pieceLength] ^= 1
            try lab.publish("a.qcow2", new)
            #expect(lab.seeder.want([SeedWish(torrent, path: lab.path("a.qcow2"))]).isEmpty)
            let peer = try RawPeer(lab)
            try await peer.greet(torrent)
            try await peer.unchoke()
            #expect(try await peer.block(1, 0, 16384) == Self.slice(new, SeedLab.pieceLength, 16384))
            #expect(try await peer.block(2, 16384, 16384) == nil)
            let fault = SeedFault.wrongPiece(path: lab.path("a.qcow2"), 2)
            try await eventually("it is told") { lab.state(torrent)?.phase == .failed(fault) }
            #expect(
                lab.log.all.contains { $0.contains("piece 2 of \(lab.path("a.qcow2")) is not that of its torrent") })
            #expect(try await RawPeer(lab).isGreetedWithNothing(torrent))
            #expect(try Data(contentsOf: URL(filePath: lab.path("a.qcow2"))) == Data(new))
            // The right image under that name heals it.
            new[2 * SeedLab.pieceLength] ^= 1
            try lab.publish("a.qcow2", new)
            #expect(lab.seeder.want([SeedWish(torrent, path: lab.path("a.qcow2"))]).isEmpty)
            let other = try RawPeer(lab)
            try await other.greet(torrent)
            try await other.unchoke()
            #expect(try await other.block(2, 0, 16384) == Self.slice(new, 2 * SeedLab.pieceLength, 16384))
        }
    }

    @Test(
        "a file that is written to or cut is sent no more, also not what was proven before", arguments: [true, false])
    func changed(_ isCut: Bool) async throws {
        try await SeedLab.open { lab in
            let torrent = try lab.seed("a.qcow2", SeedLab.noise())
            let peer = try RawPeer(lab)
            try await peer.greet(torrent)
            try await peer.unchoke()
            #expect(try await peer.block(0, 0, 16384) != nil)
            let handle = try FileHandle(forWritingTo: URL(filePath: lab.path("a.qcow2")))
            if isCut {
                try handle.truncate(atOffset: 100)
            } else {
                try handle.write(contentsOf: Data([1, 2, 3]))
            }
            try handle.close()
            #expect(try await peer.block(0, 16384, 16384) == nil)
            try await eventually("it is told") {
                lab.state(torrent)?.phase == .failed(.changed(lab.path("a.qcow2")))
            }
        }
    }

    @Test("what is no regular file is refused")
    func irregular() async throws {
        try await SeedLab.open { lab in
            try lab.publish("a.qcow2", SeedLab.noise())
            let torrent = try lab.torrent("a.qcow2")
            try FileManager.default.createDirectory(atPath: lab.path("directory"), withIntermediateDirectories: true)
            try #require(symlink(lab.path("a.qcow2"), lab.path("link")) == 0 && mkfifo(lab.path("pipe"), 0o600) == 0)
            for name in ["directory", "link", "pipe"] {
                let refused = lab.seeder.want([SeedWish(torrent, path: lab.path(name))])
                #expect(refused.map(\.fault) == [.notRegular(lab.path(name))])
            }
            let refused = lab.seeder.want([SeedWish(torrent, path: lab.path("nothing"))])
            #expect(refused.map(\.fault) == [.system(SystemError("open", lab.path("nothing"), code: ENOENT))])
        }
    }

    @Test("peers that say what no client says are sent away, and the others are served")
    func misbehaviour() async throws {
        try await SeedLab.open { lab in
            let bytes = SeedLab.noise()
            let torrent = try lab.seed("a.qcow2", bytes)
            let good = try RawPeer(lab)
            try await good.greet(torrent)
            try await good.unchoke()
            let request: (Int, Int, Int) -> [UInt8] = { RawPeer.message(6, $0, $1, $2) }
            let bad: [[UInt8]] = [
                request(6, 0, 1), request(0, 0, 0), request(0, 0, 131_073), request(0, 131_073, 131_072),
                request(5, 12_345, 1), request(0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF), request(0, 0xFFFF_FFFF, 16384),
                RawPeer.message(7, 0, 0, rest: [1]), RawPeer.message(4), [0xFF, 0xFF, 0xFF, 0xFF],
                (0..<3000).flatMap { _ in request(0, 0, 131_072) },
            ]
            for said in bad {
                let peer = try RawPeer(lab)
                try await peer.greet(torrent)
                try await peer.unchoke()
                try? peer.send(said)
                while try await peer.message() != nil {}
            }
            // Who asks before it may gets nothing, and is not sent away for it.
            let early = try RawPeer(lab)
            try await early.greet(torrent)
            try early.send(request(0, 0, 16384))
            try await early.unchoke()
            #expect(try await early.block(1, 0, 1) == [bytes[SeedLab.pieceLength]])
            #expect(try await good.block(3, 0, 100) == Self.slice(bytes, 3 * SeedLab.pieceLength, 100))
            let stranger = try RawPeer(lab)
            try stranger.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            #expect(try await stranger.isSentAway())
        }
    }

    @Test("noise, and what was changed of what clients say, ends no more than its own connection")
    func fuzz() async throws {
        try await SeedLab.open { lab in
            let bytes = SeedLab.noise()
            let torrent = try lab.seed("a.qcow2", bytes)
            let hello = PeerHandshake(infoHash: torrent.infoHash.bytes, peerID: SeedEngine.peerID).encoded
            let said =
                RawPeer.message(5, rest: [0xF0]) + RawPeer.message(2) + RawPeer.message(6, 0, 0, 16384)
                + RawPeer.message(6, 5, 0, 12_345) + RawPeer.message(8, 5, 0, 12_345) + RawPeer.message(4, 5)
            var fuzz = Fuzz("peers", samples: [said, said + said], spice: "\u{01}\u{02}\u{06}\u{07}")
            for _ in 0..<300 {
                let peer = try RawPeer(lab)
                try? peer.send(hello + fuzz.next())
            }
            // From elsewhere: of an address that has too many, which may not have ended yet, one more is sent away.
            let good = try RawPeer(lab, from: "127.0.0.3")
            try await good.greet(torrent)
            try await good.unchoke()
            #expect(try await good.block(0, 0, 131_072) == Self.slice(bytes, 0, 131_072))
            try await eventually("the good one is left") { lab.state(torrent)?.peers.count == 1 }
        }
    }

    @Test("a limit holds a peer back until it is lifted, and others' limits do not")
    func limits() async throws {
        try await SeedLab.open { lab in
            let bytes = SeedLab.noise()
            let torrent = try lab.seed("a.qcow2", bytes)
            // A block of 128 KiB takes as long as a day and a half.
            let slow = AddressRange(try #require(IPAddress("127.0.0.2")), try #require(IPAddress("127.0.0.9")))
            lab.seeder.limit(SeedLimits(groups: [SeedLimits.Group([slow], rate: 1)]))
            let held = try RawPeer(lab, from: "127.0.0.2")
            try await held.greet(torrent)
            try await held.unchoke()
            #expect(try await held.block(0, 0, 131_072) == Self.slice(bytes, 0, 131_072))
            try held.send(RawPeer.message(6, 1, 0, 5))
            let free = try RawPeer(lab)
            try await free.greet(torrent)
            try await free.unchoke()
            for piece in 0..<5 { #expect(try await free.block(piece, 0, 131_072)?.count == 131_072) }
            try await eventually("what each got") {
                lab.state(torrent)?.peers.map(\.uploaded).sorted() == [131_072, 5 * 131_072]
            }
            lab.seeder.limit(SeedLimits())
            let late = try #require(try await held.message())
            #expect(Array(late.dropFirst(9)) == Self.slice(bytes, SeedLab.pieceLength, 5))
        }
    }

    @Test("a hundred images come and go, and nothing is left open")
    func comings() async throws {
        try await SeedLab.open(linger: SeedLinger(shortest: .zero, longest: .zero)) { lab in
            var wishes: [SeedWish] = []
            for number in 0..<100 {
                try lab.publish("\(number).qcow2", SeedLab.noise(1000 + number))
                wishes.append(SeedWish(try lab.torrent("\(number).qcow2"), path: lab.path("\(number).qcow2")))
            }
            for round in 0..<3 {
                #expect(lab.seeder.want(wishes).isEmpty)
                let peer = try RawPeer(lab)
                try await peer.greet(wishes[round].torrent)
                try await peer.unchoke()
                #expect(try await peer.block(0, 0, 1000)?.count == 1000)
                try await eventually("all are seeded") { lab.seeder.states.count == 100 }
                #expect(lab.seeder.want([wishes[99]]).isEmpty)
                #expect(try await peer.isSentAway())
                try await eventually("one is left") {
                    try lab.seeder.states.count == 1 && lab.openImages().map(\.path) == [lab.path("99.qcow2")]
                }
            }
        }
    }

    @Test("its end closes what is open, and sends all peers away")
    func end() async throws {
        let lab = try SeedLab()
        let torrent = try lab.seed("a.qcow2", SeedLab.noise())
        let peer = try RawPeer(lab)
        try await peer.greet(torrent)
        try await lab.close()
        #expect(try await peer.isSentAway())
        #expect(try lab.seeder.states.isEmpty && lab.openImages().isEmpty)
    }
}

extension RawPeer {
    /// Whether a hello is answered by nothing but the connection's end.
    func isGreetedWithNothing(_ torrent: TorrentFile) async throws -> Bool {
        try send(PeerHandshake(infoHash: torrent.infoHash.bytes, peerID: SeedEngine.peerID).encoded)
        return try await isSentAway()
    }
}
