import Foundation
import Testing

/// Boot commands, with real rsync clients: only to their host, at most once, and only what was sent whole counts.
@Suite struct OnbootTests {
    @Test func aDroppedFileReachesItsHostOnceAndIsGone() async throws {
        try await School.open { school in
            try school.write("sync:1,start:1\n", to: "srv/linbocmd/pc01.cmd", mode: 0o660)
            let other = try await school.pull("linbocmd/pc01.cmd", as: 2)
            #expect(other.status == 23, "\(other)")
            let probe = try await school.pull("linbocmd/pc01.cmd", as: 1, options: ["-HaLz", "--dry-run"])
            #expect(probe.status == 0, "\(probe)")
            #expect(school.exists("srv/linbocmd/pc01.cmd"))
            let first = try await school.pull("linbocmd/pc01.cmd", as: 1, options: ["-L"])
            #expect(first.status == 0, "\(first)")
            #expect(try school.received("pc01.cmd", by: 1) == "sync:1,start:1\n")
            try await eventually("the delivered file is gone") { !school.exists("srv/linbocmd/pc01.cmd") }
            let second = try await school.pull("linbocmd/pc01.cmd", as: 1, options: ["-L"])
            #expect(second.status == 23, "\(second)")
        }
    }
}
