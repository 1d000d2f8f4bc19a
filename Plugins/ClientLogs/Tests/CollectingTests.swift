import HookConfig
import HookHost
import HookTesting
import Jobs
import LinboModel
import Testing

@testable import ClientLogs

/// What is fetched from which PC, and when.
@Suite struct CollectingTests {
    @Test("a log is on the server before the PC has its answer, and the PC gets nothing")
    func log() async throws {
        let lab = try Lab()
        lab.pcs.put("one\ntwo", at: "/tmp/linbo.log")
        #expect(try await lab.ask() == "linbo.log was fetched, 8 B of it new")
        #expect(lab.own("linbo.log") == "one\ntwo\n")
        #expect(lab.read("tree/log/pc01_linbo.log") == "one\ntwo\n")
        #expect(lab.pcs.asked == ["pc01 127.0.0.2 /tmp/linbo.log"])
        #expect(lab.mode("state/client-logs/pc01") == 0o700 && lab.mode("state/client-logs/pc01/linbo.log") == 0o600)
        #expect(lab.mode("tree/log/pc01_linbo.log").map { $0 & 0o137 } == 0)
        #expect(try lab.jobs.isEmpty)
    }

    @Test("three paths are claimed, and no other")
    func paths() async throws {
        let lab = try Lab()
        for path in ["tmp/linbo.log", "tmp/image.status", "tmp/hwinfo.gz"] {
            #expect(lab.plugin.claims.contains { $0.description == path })
        }
        for path in [
            "linbo.log", "tmp", "tmp/", "tmp/linbo.log/x", "tmp/x/linbo.log", "x/tmp/linbo.log", "tmp/linbo.log.1",
            "tmp/LINBO.LOG", "etc/shadow", "tmp/image.status\u{A0}", "tmp/hwinfo",
        ] {
            let asked = try TreePath(path)
            #expect(!lab.plugin.claims.contains { $0.matches(asked) }, "\(path)")
            // Even if it came this far.
            #expect(try await lab.ask(path) == "not in the tree")
        }
        #expect(lab.pcs.asked.isEmpty)
    }

    @Test("nothing is fetched for who only looks, uploads, asks by TFTP or for a directory, or may be nobody")
    func notAsked() async throws {
        let lab = try Lab()
        lab.pcs.put("secret", at: "/tmp/linbo.log")
        for intent in [Intent.probe, .store] { _ = try await lab.ask(intent: intent) }
        _ = try await lab.ask(over: .tftp)
        _ = try await lab.ask(over: .tftp, proof: .awaited(ProofActions()))
        _ = try await lab.ask(proof: .awaited(ProofActions()))
        _ = try await lab.ask(manner: .inDirectory)
        #expect(try await lab.ask(as: 200) == "nothing is fetched from an unknown client")
        #expect(lab.pcs.asked.isEmpty)
        #expect(try lab.jobs.isEmpty)
    }

    @Test("nothing is fetched where another machine may be behind the address")
    func doubt() async throws {
        let lab = try Lab(verifyMAC: .always)
        lab.pcs.put("one\n", at: "/tmp/linbo.log")
        #expect(try await lab.ask().hasPrefix("refused: nothing is fetched: the kernel knows no MAC"))
        #expect(lab.pcs.asked.isEmpty)
        #expect(try lab.jobs.isEmpty)
    }

    @Test("a PC whose ssh is not up has its answer at once; a job fetches what is there later, each file once")
    func later() async throws {
        let lab = try Lab()
        lab.pcs.way = .refused
        for _ in 0..<3 { #expect(try await lab.ask().contains("job 1 fetches linbo.log later")) }
        #expect(try await lab.ask("tmp/image.status").contains("job 2 fetches image.status later"))
        #expect(try lab.jobs.map(\.subject).sorted() == ["image.status of pc01", "linbo.log of pc01"])
        lab.pcs.put("merged by init\n", at: "/tmp/linbo.log")
        lab.pcs.way = .open
        try await lab.working {
            try await eventually("the log is there") { lab.own("linbo.log") == "merged by init\n" }
            try await eventually("both are over or wait for a file that is not there") {
                try lab.jobs.filter { $0.state != .done }.map(\.subject) == ["image.status of pc01"]
            }
        }
        #expect(lab.read("tree/log/pc01_linbo.log") == "merged by init\n")
        // The PC sends it again, with more: it has not removed it.
        lab.pcs.put("merged by init\nand more\n", at: "/tmp/linbo.log")
        try await lab.ask()
        #expect(lab.own("linbo.log") == "merged by init\nand more\n")
        #expect(lab.read("tree/log/pc01_linbo.log") == "merged by init\nand more\n")
        try await lab.ask()
        #expect(lab.own("linbo.log") == "merged by init\nand more\n")
        // A new one, after that.
        lab.pcs.put("next boot\n", at: "/tmp/linbo.log")
        try await lab.ask()
        #expect(lab.own("linbo.log") == "merged by init\nand more\nnext boot\n")
    }

    @Test("a job fetches nothing from an address that is another host's by then")
    func otherHost() async throws {
        let lab = try Lab()
        lab.pcs.way = .refused
        try await lab.ask()
        lab.pcs.way = .open
        lab.pcs.put("of somebody else\n", at: "/tmp/linbo.log")
        try lab.write(
            "r101;pc01;win11;52:54:00:00:00:01;127.0.0.9;;;;;;1\nr101;pc02;win11;52:54:00:00:00:02;127.0.0.2;;;;;;1\n",
            to: "schools/default-school/devices.csv")
        let before = lab.pcs.asked.count
        try await lab.working { try await eventually("it is over") { try lab.jobs.allSatisfy { $0.state == .done } } }
        #expect(try lab.jobs.map(\.note) == ["127.0.0.2 is no longer pc01's"])
        #expect(lab.pcs.asked.count == before && lab.own("linbo.log") == nil)
    }

    @Test("a PC that hangs is waited for once, not at each of its questions; others are not held up")
    func hanging() async throws {
        let lab = try Lab("wait: 3s\nsilence: 1h")
        lab.pcs.way = .hanging
        #expect(try await lab.ask().hasPrefix("no answer within 3s; job 1"))
        #expect(try await lab.ask("tmp/image.status").hasPrefix("the PC's ssh was silent a moment ago; job 2"))
        #expect(lab.pcs.asked.count == 1)
        lab.pcs.way = .open
        lab.pcs.put("of pc02\n", at: "/tmp/linbo.log")
        #expect(try await lab.ask(as: 2).hasPrefix("linbo.log was fetched"))
        lab.pcs.release()
    }

    @Test("who asks twice at the same time has it fetched once")
    func together() async throws {
        let lab = try Lab("wait: 30s")
        lab.pcs.way = .hanging
        lab.pcs.put("one\n", at: "/tmp/linbo.log")
        let (path, plugin) = ("tmp/linbo.log", lab.plugin)
        let client = lab.hosts.client(at: try #require(IPAddress("127.0.0.2")))
        let request = Request(
            client: client, over: .rsync, path: try TreePath(path), intent: .fetch,
            connection: ConnectionID(process: 1, started: 1))
        // Each has come as far as it can before the next one begins.
        let asking = (0..<8).map { _ in
            Task.immediate { _ = try await plugin.resolve(request, next: Next { _ in .nothing(.missing) }) }
        }
        try await eventually("it is asked for") { lab.pcs.asked.count >= 1 }
        lab.pcs.way = .open
        lab.pcs.release()
        for task in asking { try await task.value }
        #expect(lab.pcs.asked.count == 1)
        #expect(lab.own("linbo.log") == "one\n")
    }

    @Test("a file that is too large, or not there, is told and not waited for")
    func noFile() async throws {
        let lab = try Lab("largest: 64K")
        #expect(try await lab.ask() == "linbo.log was not fetched: exit status 1: cat: can't open it")
        lab.pcs.put([UInt8](repeating: 65, count: (64 << 10) + 1), at: "/tmp/linbo.log")
        #expect(try await lab.ask().hasPrefix("linbo.log was not fetched: "))
        lab.pcs.put([], at: "/tmp/linbo.log")
        #expect(try await lab.ask() == "linbo.log is empty")
        #expect(lab.own("linbo.log") == nil)
        lab.pcs.put("no gzip", at: "/tmp/hwinfo.gz")
        #expect(try await lab.ask("tmp/hwinfo.gz") == "hwinfo.gz is not kept: it is no gzip file")
        #expect(try lab.jobs.isEmpty)
    }
}
