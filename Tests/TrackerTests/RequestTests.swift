import Testing
import Torrent

@testable import Tracker

@Suite("requests by HTTP") struct HTTPRequestTests {
    private func get(_ target: String, _ end: String = " HTTP/1.1\r\nHost: x\r\n\r\n") -> HTTPRequest {
        HTTPRequest(parsing: Array("GET \(target)\(end)".utf8))
    }

    @Test(
        "an announce of each client that LINBO knows, as it was seen on the wire",
        arguments: [
            // aria2c 1.36, ctorrent 3.3.2, transmission 3.00
            "info_hash=%7B%B3%93%0C%DF%0B%C4%9F%0E%C2%1A%A2%BD%A1%2A%5E%98%FE%BAo&"
                + "peer_id=A2-1-36-0-2%AB%9F%B6%DE%1E%02q%5E%EB&"
                + "uploaded=0&downloaded=0&left=1048576&compact=1&key=%9F%B6%DE%1E%02q%5E%EB&numwant=50&no_peer_id=1&"
                + "port=6888&event=started&supportcrypto=1",
            "info_hash=%7B%B3%93%0C%DF%0B%C4%9F%0E%C2%1A%A2%BD%A1%2A%5E%98%FE%BAo&"
                + "peer_id=%2DCD0303%2D%C2%7C%3D5%A1%97%8D%FE%2F%9D%07"
                + "%A1&ip=127.0.0.1&port=2706&key=F3G7KG66&event=started&uploaded=0&downloaded=0&left=1048576&compact=1"
                + "&numwant=100",
            "info_hash=%7b%b3%93%0c%df%0b%c4%9f%0e%c2%1a%a2%bd%a1%2a%5e%98%fe%bao&peer_id=-TR3000-cgccclwcrsei&port=51413&"
                + "uploaded=0&downloaded=0&left=1048576&numwant=80&key=59289ca7&compact=1&supportcrypto=1&event=started",
        ]) func clients(_ query: String) throws
    {
        guard case .announce(let request) = get("/announce?\(query)") else {
            Issue.record("\(get("/announce?\(query)"))")
            return
        }
        #expect(request.infoHash.description == "7bb3930cdf0bc49f0ec21aa2bda12a5e98feba6f")
        #expect([6888, 2706, 51413].contains(request.port) && request.left == 1_048_576 && request.event == .started)
        #expect(request.form == .compact && request.peerID.count == 20)
    }

    @Test("what is not said is left to the tracker") func defaults() throws {
        let request = try announce(left: nil)
        #expect(request.left == nil && request.wanted == nil && request.event == .none && request.form == .compact)
        #expect(try announce(1, "&numwant=-1").wanted == nil)
        #expect(try announce(1, "&numwant=0").wanted == 0)
        #expect(try announce(1, "&event=paused").event == .none)
        #expect(try announce(1, "&compact=0").form == .dictionaries(withPeerID: true))
        #expect(try announce(1, "&compact=0&no_peer_id=1").form == .dictionaries(withPeerID: false))
    }

    @Test("numbers that nobody can have are as much as is possible") func hugeNumbers() throws {
        #expect(try announce(1, "&downloaded=99999999999999999999999").downloaded == .max)
        #expect(try announce(1, "&left=18446744073709551615").left == .max)
        #expect(try announce(1, "&numwant=99999999999999999999").wanted == Int(Int64.max))
    }

    @Test(
        "what makes no sense is said with its field",
        arguments: [
            ("port=1", TrackerRefusal.missing("info_hash")),
            ("info_hash=abc&port=1", .malformed("info_hash")),
            ("info_hash=%zz", .malformed("info_hash")),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa%6", .malformed("info_hash")),
            ("info_hash=aaaaaaaaaaaaaaaaaaaaa", .malformed("info_hash")),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa", .missing("peer_id")),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=b", .malformed("peer_id")),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb", .missing("port")),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=0", .malformed("port")),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=65536", .malformed("port")),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=-1", .malformed("port")),
            ("info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=1&left=x", .malformed("left")),
        ]) func malformed(_ query: String, _ refusal: TrackerRefusal)
    {
        #expect(get("/announce?\(query)") == .refused(refusal))
    }

    @Test("scrapes name their torrents") func scrapes() throws {
        let two =
            [UInt8(1), 2].map { "info_hash=\(encoded([UInt8](repeating: $0, count: 20)))" }.joined(separator: "&")
        #expect(get("/scrape?\(two)") == .scrape([try hash(1), try hash(2)]))
        #expect(get("/scrape") == .refused(.missing("info_hash")))
        let short = "info_hash=aaaaaaaaaaaaaaaaaaaa&"
        #expect(get("/scrape?\(String(repeating: short, count: 301))") == .failed(.tooLarge))
    }

    @Test("all else is none of the tracker's") func others() {
        #expect(get("/") == .failed(.notFound))
        #expect(get("/announce/?info_hash=") == .failed(.notFound))
        #expect(get("/stats") == .failed(.notFound))
        #expect(HTTPRequest(parsing: Array("POST /announce HTTP/1.1\r\n\r\n".utf8)) == .failed(.methodNotAllowed))
        #expect(HTTPRequest(parsing: Array("GET /announce\r\n\r\n".utf8)) == .failed(.badRequest))
        #expect(HTTPRequest(parsing: Array("GET /announce FTP/1.1\r\n\r\n".utf8)) == .failed(.badRequest))
        #expect(HTTPRequest(parsing: Array("\n\n".utf8)) == .failed(.badRequest))
    }

    @Test("a head in pieces is the same as a whole one, with CRLF and LF", arguments: ["\r\n", "\n"])
    func pieces(_ newline: String) throws {
        let bytes = Array("GET /announce?\(query()) HTTP/1.0\(newline)A: b\(newline)\(newline)".utf8)
        for cut in bytes.indices { #expect(HTTPRequest(parsing: Array(bytes[..<cut])) == .incomplete) }
        for known in bytes.indices { #expect(HTTPRequest(parsing: bytes, from: known) == .announce(try announce())) }
    }

    @Test("8 KiB are enough for a head") func length() {
        let start = "GET /announce?\(query()) HTTP/1.1\r\nA: "
        let full = start + String(repeating: "x", count: 8192 - start.utf8.count)
        #expect(HTTPRequest(parsing: Array(full.utf8.dropLast())) == .incomplete)
        #expect(HTTPRequest(parsing: Array(full.utf8)) == .failed(.tooLarge))
        #expect(HTTPRequest(parsing: Array("\(full)\r\n\r\n".utf8)) == .failed(.tooLarge))
    }
}

@Suite("requests by UDP") struct DatagramRequestTests {
    @Test("the three of BEP 15") func packets() throws {
        let connect = parsed(packet(0x417_2710_1980, 0))
        #expect(connect?.content == .success(.connect) && connect?.transaction == 0xCAFE)
        let request = parsed(packet(42, 1, announcePacket(saidAddress: 0x0808_0808)))
        #expect(request?.connection == 42)
        guard case .success(.announce(let announce)) = request?.content else {
            Issue.record("\(String(describing: request))")
            return
        }
        #expect(announce.infoHash == (try hash(1)) && announce.port == 6881 && announce.event == .started)
        #expect(announce.downloaded == 7 && announce.left == 1000 && announce.uploaded == 9 && announce.wanted == nil)
        let hashes = [UInt8](repeating: 1, count: 20) + [UInt8](repeating: 2, count: 20)
        #expect(parsed(packet(42, 2, hashes))?.content == .success(.scrape([try hash(1), try hash(2)])))
    }

    @Test("options behind an announce (BEP 41) are no harm") func options() {
        let long = packet(42, 1, announcePacket() + [2, 9] + Array("/announce".utf8))
        guard case .success(.announce) = parsed(long)?.content else {
            Issue.record("refused")
            return
        }
    }

    @Test("what is wrong in an announce is said; what is shorter than the answer gets none") func wrong() {
        #expect(parsed(packet(42, 1, announcePacket(port: 0)))?.content == .failure(.malformed("port")))
        #expect(parsed(packet(42, 1, announcePacket(event: 4)))?.content == .failure(.malformed("event")))
        #expect(parsed(packet(42, 1, announcePacket().dropLast()))?.content == .failure(.malformed("packet")))
        #expect(
            parsed(packet(42, 2, [UInt8](repeating: 1, count: 75 * 20)))?.content == .failure(.tooMany))
        #expect(parsed(packet(42, 2, [UInt8](repeating: 1, count: 19))) == nil)
        #expect(parsed(packet(42, 0)) == nil && parsed(packet(42, 3)) == nil && parsed([]) == nil)
        for count in 0..<16 { #expect(parsed(Array(packet(42, 1).prefix(count))) == nil) }
        let refusals: [TrackerRefusal] = [.notConnected, .malformed("packet"), .tooMany]
        for refusal in refusals { #expect(DatagramAnswer.failure(1, refusal).count <= DatagramRequest.leastSize) }
    }
}

@Suite("connection ids") struct ConnectionIDTests {
    @Test("are of one address, for one to two minutes, and of one tracker") func ids() {
        let ids = ConnectionIDs()
        let minute: UInt64 = 60 * Moment.second
        let start = 1000 * minute
        let number = ids.make(for: 1, at: start)
        #expect(ids.isValid(number, for: 1, at: start))
        #expect(ids.isValid(number, for: 1, at: start + 2 * minute - 1))
        #expect(!ids.isValid(number, for: 1, at: start + 2 * minute))
        #expect(!ids.isValid(number, for: 2, at: start))
        #expect(!ids.isValid(number ^ 1, for: 1, at: start))
        #expect(!ConnectionIDs().isValid(number, for: 1, at: start))
        #expect(ids.isValid(ids.make(for: 1, at: 0), for: 1, at: 1))
    }
}
