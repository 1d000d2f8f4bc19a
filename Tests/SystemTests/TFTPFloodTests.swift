import Foundation
import Glibc
import HookStore
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
                #expect(try await witness.firstAnswer(to: "none").packet.errorCode == 1)
                while witness.received() != nil {}
            }
            #expect(try await school.fetch("start.conf.win11", as: 2).bytes != nil)
        }
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
                try await school.audit().contains { $0.decision == "summary" && $0.address == "127.0.0.200" }
            }
            let all = try await school.linboctl("audit", "--json", "--limit", "10000").output
            let rows = try JSONDecoder().decode([AuditEntry].self, from: Data(all.utf8))
            #expect((50..<300).contains(rows.count { $0.decision == "refused" }))
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
            #expect(served.allSatisfy { $0 < 5 }, "\(served)")
        }
    }
}
