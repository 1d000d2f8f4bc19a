import FuzzKit
import Testing

@testable import Seeding

/// What peers say, whole, in parts, and wrong.
@Suite struct PeerMessageTests {
    private static let hash = [UInt8](0..<20)

    private static func messages(_ stream: inout PeerStream) throws -> [PeerMessage] {
        var all: [PeerMessage] = []
        while let message = try stream.message() { all.append(message) }
        return all
    }

    /// What ends the reading of a stream.
    private func fault(_ stream: inout PeerStream, isGreeted: Bool = true) -> PeerFault? {
        do throws(PeerFault) {
            if !isGreeted { _ = try stream.handshake() }
            while try stream.message() != nil {}
            return nil
        } catch {
            return error
        }
    }

    @Test("a handshake and messages come out as they were said, however they are cut")
    func parts() throws {
        let hello = PeerHandshake(infoHash: Self.hash, peerID: Array("-A2-1-36-0-abcdefghi".utf8))
        let said =
            hello.encoded + [0, 0, 0, 0] + RawPeer.message(2) + RawPeer.message(3) + RawPeer.message(4, 7)
            + RawPeer.message(5, rest: [0xFF, 0x80]) + RawPeer.message(6, 1, 2, 131_072) + RawPeer.message(8, 1, 2, 3)
            + RawPeer.message(9, rest: [1, 2]) + RawPeer.message(20, rest: [0, 100, 101])
        let wanted: [PeerMessage] = [
            .keepAlive, .interested, .notInterested, .have(7), .bitfield(9),
            .request(BlockRequest(piece: 1, begin: 2, length: 131_072)),
            .cancel(BlockRequest(piece: 1, begin: 2, length: 3)), .other, .other,
        ]
        for size in 1...said.count {
            var stream = PeerStream()
            var greeting: PeerHandshake?
            var heard: [PeerMessage] = []
            for start in stride(from: 0, to: said.count, by: size) {
                stream.add(said[start..<min(said.count, start + size)])
                if greeting == nil { greeting = try stream.handshake() }
                if greeting != nil { heard += try Self.messages(&stream) }
            }
            #expect(greeting == hello && heard == wanted, "cut at \(size)")
        }
    }

    @Test("what is encrypted, or another protocol's, is refused at its first bytes")
    func strangers() {
        for first in [[UInt8(18)], Array("GET / HTTP/1.1".utf8), [19] + Array("BitTorrent protocoL".utf8)] {
            var stream = PeerStream()
            stream.add(first)
            let found = self.fault(&stream, isGreeted: false)
            #expect(found == .malformed)
        }
    }

    @Test("no message is longer than the torrent asks for, and no piece comes to a seeder")
    func limits() throws {
        var stream = PeerStream()
        stream.allow(pieces: 80_000)
        stream.add(RawPeer.message(5, rest: [UInt8](repeating: 0xFF, count: 10_000)))
        let message = try stream.message()
        #expect(message == .bitfield(80_000))
        stream.add([0, 0, 0x40, 0])
        let found = self.fault(&stream)
        #expect(found == .malformed)
        for (body, fault) in [
            (RawPeer.message(7, 0, 0, rest: [1]), PeerFault.unwanted), (RawPeer.message(4), .malformed),
            (RawPeer.message(6, 1, 2), .malformed), (RawPeer.message(8, 1, 2, 3, 4), .malformed),
        ] {
            var stream = PeerStream()
            stream.add(body)
            let found = self.fault(&stream)
            #expect(found == fault)
        }
    }

    @Test("a seed's bitfield has a bit for each piece, and no more")
    func bitfield() throws {
        for pieces in 0...70 {
            let bytes = PeerMessage.bitfield(ofSeedWith: pieces)
            var stream = PeerStream()
            stream.add(bytes)
            let message = try stream.message()
            #expect(message == .bitfield(pieces))
        }
    }

    @Test("noise and what was changed never make more of it than there is")
    func fuzz() {
        let hello = PeerHandshake(infoHash: Self.hash, peerID: Self.hash).encoded
        let samples = [
            hello + RawPeer.message(2) + RawPeer.message(6, 1, 2, 3), hello + RawPeer.message(5, rest: [1, 2, 3]),
            RawPeer.message(4, 1) + RawPeer.message(8, 1, 2, 3) + [0, 0, 0, 0],
        ]
        var fuzz = Fuzz("peer messages", samples: samples, spice: "\u{13}BitTorrent protocol")
        for round in 0..<20_000 {
            let bytes = fuzz.next()
            var stream = PeerStream()
            stream.allow(pieces: round % 100)
            stream.add(bytes)
            var count = 0
            do throws(PeerFault) {
                if round % 2 == 0, try stream.handshake() == nil { continue }
                while try stream.message() != nil { count += 1 }
            } catch {}
            #expect(count <= bytes.count / 4)
        }
    }

    @Test("numbers at the edges of what they are written in")
    func hostileNumbers() throws {
        let sample = RawPeer.message(6, 1, 2, 16384)
        Hostile(around: [UInt64(SeedLab.pieceLength), 131_072]).bytes(sample) { bytes in
            var stream = PeerStream()
            stream.add(bytes)
            _ = try? stream.message()
        }
    }
}
