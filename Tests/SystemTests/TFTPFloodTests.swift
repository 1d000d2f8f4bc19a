import Foundation
import Glibc
import HookStore
import HookTesting
import LinboModel
import Testing

/// Requests from addresses that are nobody's: UDP lets one PC forge as many as it likes.
@Suite struct TFTPFloodTests {
    @Test("requests from more addresses than are kept account of keep no PC from its files")
    func manyAddresses() async throws {
        try await School.open(.withTFTP()) { school async throws in
            // An acquaintance, whose answers tell how far the server has come.
            let witness = try school.rawClient(1)
            #expect(try await witness.firstAnswer(to: "none").packet.errorCode == 1)
            for batch in 0..<180 {
                for number in 0..<100 {
                    let forged = batch * 100 + number
                    let address = "127.9.\(forged / 250).\(forged % 250 + 1)"
                    try RawClient(address, asking: school.tftp).ask("none")
                }
                let answer = try await witness.firstAnswer(to: "none").packet
                #expect(answer.errorCode == 1, "\(answer)")
                while witness.received() != nil {}
            }
            #expect(try await school.fetch("start.conf.win11", as: 2).bytes != nil)
        }
    }

    /// Otherwise what a server still sends to one that is gone would come to another test's client.
    @Test("none of a thousand clients of one address has the port of one before it")
    func portsOfTheirOwn() throws {
        let server = SocketAddress("127.0.0.1", 69)
        let ports = try (0..<1000).map { _ in try RawClient("127.0.0.9", asking: server).address.port }
        #expect(Set(ports).count == ports.count)
    }

    @Test("N8: names that nobody may ask for, by the thousand, are a few rows and lines and a sum")
    func refusedNames() async throws {
        try await School.open(.withTFTP()) { school async throws in
            let attacker = try RawClient("127.0.0.200", asking: school.tftp)
            // Its answers tell how far the server has come.
            let witness = try school.rawClient(2)
            let name = "../" + String(repeating: "A", count: 190)
            for _ in 0..<100 {
                for _ in 0..<30 { attacker.ask(name) }
                #expect(try await witness.firstAnswer(to: "none").packet.errorCode == 1)
                while attacker.received() != nil {}
            }
            #expect(try await school.fetch("start.conf.win11", as: 1).bytes != nil)
            try await eventually("a sum stands in the audit log") {
                try await school.audit().contains { $0.decision == .summary && $0.address == "127.0.0.200" }
            }
            let all = try await school.linboctl("audit", "--json", "--limit", "10000").output
            let rows = try JSONDecoder().decode([AuditEntry].self, from: Data(all.utf8))
            #expect((50..<300).contains(rows.count { $0.decision == .refused }))
            #expect(rows.contains { $0.path == "start.conf.win11" && $0.host == "pc01" })
            let lines = try school.read("hookd.log").split(separator: "\n").count { $0.contains("AAAA") }
            #expect(lines < 200, "\(lines)")
            #expect(try await school.linboctl("status").output.contains("summed up since the start"))
        }
    }

    @Test("who asks and never answers makes room when there are too many")
    func silence() async throws {
        try await School.open(.withTFTP("max-transfers: 8")) { school async throws in
            try school.write([UInt8](repeating: 7, count: 100_000), to: "srv/image")
            // Strangers get three quarters, and wait then.
            let strangers = try (1...12).map { try RawClient("127.9.0.\($0)", asking: school.tftp) }
            for stranger in strangers { stranger.ask("image") }
            let hosts = try (1...2).map { try school.rawClient($0) }
            for host in hosts { _ = try await host.firstAnswer(to: "image") }
            // Now the limit is reached. A host that comes later is served before those are given up.
            let late = try school.rawClient(3)
            let (packet, peer) = try await late.firstAnswer(to: "image")
            #expect(try await late.rest(after: packet, from: peer).count == 100_000)
            let served = strangers.map { stranger in
                var packets = 0
                while stranger.received() != nil { packets += 1 }
                return packets
            }
            #expect(served.filter { $0 > 0 }.count >= 6, "\(served)")
            // What is sent again to who never answers, on a machine that takes its time over this test.
            #expect(served.allSatisfy { $0 < 10 }, "\(served)")
        }
    }

    @Test(
        "N6: unanswered requests in a PC's own name keep it from nothing",
        arguments: [
            "start.conf.win11", "images/win11/win11.reg",
        ])
    func ownName(path: String) async throws {
        try await School.open(.withTFTP("requests-per-second: 300")) { school async throws in
            for _ in 0..<4 {
                let forged = try (0..<300).map { _ in try school.rawClient(1) }
                for client in forged { client.ask(path, ["tsize": "0"]) }
                // Its transfers at once, and its requests a second, are its own still.
                let fetched = try await school.fetch(path, as: 1)
                #expect(fetched.bytes != nil, "\(fetched)")
            }
            let client = try school.rawClient(1)
            let (packet, peer) = try await client.firstAnswer(to: path)
            #expect(try await client.rest(after: packet, from: peer).isEmpty == false)
        }
    }

    @Test("N6: more unanswered requests than there is room for give way to newer ones, the PC's own among them")
    func giveWay() async throws {
        try await School.open(.withTFTP("max-transfers: 8\nlog-transfers: true")) { school async throws in
            try school.write([UInt8](repeating: 7, count: 100_000), to: "srv/image")
            for round in 0..<3 {
                for _ in 0..<1500 { try school.rawClient(1).ask("image", ["tsize": "0"]) }
                let fetched = try await school.fetch("image", as: 1)
                #expect(fetched.bytes?.count == 100_000, "round \(round): \(fetched)")
            }
            // A flood is counted, and not told of one by one.
            let shown = try await school.linboctl("tftp")
            #expect(shown.output.contains("unanswered"), "\(shown)")
            #expect(try await school.tftpAudit().count < 1500)
        }
    }

    @Test("N6: a request from the port of a running download begins beside it, and ends it only when it is answered")
    func samePort() async throws {
        try await School.open(.withTFTP()) { school async throws in
            let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0 * 3) }
            for name in ["one", "other"] { try school.write(bytes, to: "srv/\(name)") }
            let client = try school.rawClient(1)
            client.ask("one")
            let (first, peer) = try await client.receive()
            guard case .data(1, let begin) = first else { throw NeverCame(description: "block 1: \(first)") }
            client.acknowledge(1, to: peer)
            guard case .data(2, let next) = try await client.receive().packet else {
                throw NeverCame(description: "block 2")
            }
            // As anybody can who knows the client's port, GRUB's among them.
            client.ask("other")
            let (second, otherPeer) = try await client.receive()
            guard case .data(1, _) = second else { throw NeverCame(description: "block 1 again: \(second)") }
            #expect(otherPeer.port != peer.port)
            client.acknowledge(2, to: peer)
            let (third, thirdPeer) = try await client.receive()
            #expect(thirdPeer == peer)
            guard case .data(3, let more) = third else { throw NeverCame(description: "block 3: \(third)") }
            #expect(begin + next + more == Array(bytes.prefix(1536)))
            // The client's own doing.
            client.acknowledge(1, to: otherPeer)
            guard case .data(2, _) = try await client.receive().packet else { throw NeverCame(description: "block 2") }
            try await school.auditEntry(of: "one", "ended by the other") { $0.outcome.rawValue.hasPrefix("failed") }
        }
    }

    @Test("N12: an error that the client did not send ends no download", arguments: ["", "single-port: true"])
    func forgedError(keys: String) async throws {
        try await School.open(.withTFTP(keys)) { school async throws in
            let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * 3) }
            try school.write(bytes, to: "srv/file")
            let client = try school.rawClient(1)
            client.ask("file", ["tsize": "0"])
            var (packet, peer) = try await client.receive()
            client.fail(0, "stop", to: peer)
            client.acknowledge(0, to: peer)
            var got: [UInt8] = []
            while got.count < bytes.count {
                (packet, peer) = try await client.receive()
                guard case .data(let block, let part) = packet else { throw NeverCame(description: "DATA: \(packet)") }
                got += part
                for code: UInt8 in [0, 3, 4] { client.fail(code, "stop", to: peer) }
                // Nor does an acknowledgement of what was not sent.
                for ahead in [1, 2, 9, 1000] { client.acknowledge(block &+ UInt16(ahead), to: peer) }
                client.acknowledge(block, to: peer)
            }
            #expect(got == bytes)
            try await school.auditEntry(of: "file", "delivered") { $0.outcome == .delivered }
        }
    }

    @Test("N12: a client's own error ends its download, and nothing more is sent")
    func ownError() async throws {
        try await School.open(.withTFTP()) { school async throws in
            try school.write([UInt8](repeating: 7, count: 100_000), to: "srv/file")
            let client = try school.rawClient(1)
            client.ask("file", ["windowsize": "16", "blksize": "512"])
            let (_, peer) = try await client.receive()
            client.acknowledge(0, to: peer)
            for _ in 0..<16 { _ = try await client.receive() }
            client.fail(3, "disk full", to: peer)
            try await school.auditEntry(of: "file", "failed") { $0.outcome.rawValue.hasPrefix("failed") }
            #expect(client.received() == nil)
        }
    }
}
