import Control
import Foundation
import Glibc
import HookStore
import LinboModel
import Testing
import Timeline

/// What an admin sees of PCs that boot over a real rsyncd and the TFTP server.
@Suite struct PCStateTests {
    private static func pc(_ school: School, _ name: String) async throws -> GetPCs.PC {
        let result = try await school.linboctl("pcs", name, "--json")
        let pcs = try JSONDecoder().decode([GetPCs.PC].self, from: Data(result.output.utf8))
        return try #require(pcs.first, "\(result)")
    }

    private static func told(_ school: School) async throws -> [Event] {
        let result = try await school.linboctl("events", "--once", "--json", "--since", "0")
        return try result.output.split(separator: "\n").map {
            try JSONDecoder().decode(Event.self, from: Data($0.utf8))
        }
    }

    @Test("an image that comes slowly: its bytes as they reach the PC, also after kill -9 of the daemon; then LINBO")
    func syncing() async throws {
        var options = School.Options()
        options.extra = "metrics:\n  listen: \"127.0.0.1:{tftp}\""
        try await School.open(options) { school async throws in
            // What no compression and no kernel's buffer hides.
            let bytes = (0..<24_000_000).map { _ in UInt8.random(in: 0...255) }
            try school.write(bytes, to: "srv/images/win11/win11.qcow2")
            _ = try await school.pull("start.conf.win11", as: 1)
            #expect(try await Self.pc(school, "pc01").state.step == .startConf)
            let client = try school.startPull(["images/win11/win11.qcow2"], as: 1, options: ["--bwlimit=1500"])
            var seen: [Int64] = []
            func look() async throws {
                let state = try await Self.pc(school, "pc01").state
                guard state.phase == .syncing, let transfer = state.transfer, let sent = transfer.sent else { return }
                #expect(transfer.bytes == 24_000_000 && sent <= 24_100_000 && transfer.image == "win11.qcow2")
                if sent > seen.last ?? 0 { seen.append(sent) }
            }
            try await eventually("more and more bytes reach it") {
                try await look()
                return seen.count > 2
            }
            for server in school.servers.all() where server !== client { server.signal(SIGKILL) }
            try await school.startDaemon()
            let before = seen.count
            try await eventually("a daemon that was started anew sees it, too") {
                try await look()
                return seen.count > before + 1
            }
            let shown = try await school.linboctl("pcs", "pc01")
            #expect(shown.output.contains("syncing") && shown.output.contains("24.0 MB"), "\(shown)")
            let metrics = try await Command.run(
                "/usr/bin/curl", ["-s", "--max-time", "60", "http://127.0.0.1:\(school.tftpPort)/metrics"])
            #expect(metrics.output.contains("linbo_pcs{phase=\"syncing\"} 1.0\n"), "\(metrics)")
            let why = try await school.linboctl("why", "pc01")
            #expect(why.output.contains("right now: rsync images/win11/win11.qcow2, "), "\(why)")
            try await eventually("it is there") {
                client.hasEnded && school.hasReceived("win11.qcow2", by: 1)
            }
            try await eventually("LINBO has its image") {
                let state = try await Self.pc(school, "pc01").state
                return state.phase == .linbo && state.step == .image && state.transfer == nil
            }
            let phases = try await Self.told(school).filter { $0.kind == .pcState }
            #expect(phases.compactMap { $0.data["phase"] } == ["linbo", "syncing", "linbo"])
            #expect(phases.allSatisfy { $0.subject == "pc01" && $0.data["room"] == "r101" })
            let lines = try await school.linboctl("events", "--once", "--since", "0").output
            #expect(lines.contains("pc.state  pc01  syncing, image, win11.qcow2"), "\(lines)")
            #expect(lines.contains("of 24.0 MB"))
        }
    }

    @Test("a start.conf that is not there is told as what holds the PC, with the likely cause") func stuck()
        async throws
    {
        try await School.open { school async throws in
            try school.setHosts([School.row(1).replacingOccurrences(of: ";win11;", with: ";win1l;")])
            _ = try await school.pull("linbofs64.md5", as: 1)
            _ = try await school.pull("start.conf.win1l", as: 1)
            let fault = try await Self.pc(school, "pc01").fault
            #expect(fault?.contains("start.conf.win1l is not there") == true, "\(fault ?? "")")
            #expect(fault?.contains("there is one of 'win11'") == true)
            let shown = try await school.linboctl("pcs", "room:r101")
            #expect(shown.output.contains("there is one of 'win11'"), "\(shown)")
            let unknown = try await school.linboctl("pcs", "pc99")
            #expect(unknown.status != 0 && unknown.errors.contains("pc99"), "\(unknown)")
        }
    }

    @Test("--watch tells each change as a line to a program") func watching() async throws {
        try await School.open { school async throws in
            let watch = try Server(
                Programs.linboctl, ["pcs", "pc01", "--watch", "--config", school.config.path],
                log: school.directory.appendingPathComponent("watch.log"))
            school.servers.add(watch)
            try await eventually("it tells the first state") { watch.logged.contains("pc01  unknown") }
            _ = try await school.pull("start.conf.win11", as: 1)
            try await eventually("and the next") { watch.logged.contains("pc01  linbo, has its start.conf") }
            watch.signal(SIGINT)
            try await eventually("Ctrl-C ends it") { watch.hasEnded }
        }
    }
}
