import Foundation
import HookStore
import LinboModel
import Testing

/// What an admin sees of PCs.
@Suite struct LookingTests {
    @Test("a transfer that runs is in why, by rsync and by TFTP")
    func running() async throws {
        try await School.open(.withTFTP()) { school async throws in
            try school.write([UInt8](repeating: 7, count: 20 << 20), to: "srv/tmp/zz.qcow2")
            _ = try school.startPull(["tmp/zz.qcow2"], as: 2, options: ["--bwlimit=100"])
            try await eventually("it is in why") {
                try await school.linboctl("why", "pc02").output.contains(
                    /right now: rsync tmp\/zz.qcow2, .* of 21.0 MB.*, for \d+ s/)
            }
            let client = try school.rawClient(3)
            _ = try await client.firstAnswer(to: "tmp/zz.qcow2", ["blksize": "1024"])
            try await eventually("it is in why") {
                try await school.linboctl("why", "pc03").output.contains("right now: tftp tmp/zz.qcow2, 0 B of 21.0 MB")
            }
        }
    }

    @Test("what is longer than the terminal goes through PAGER; into a file or a program it goes as it is")
    func pager() async throws {
        try await School.open { school async throws in
            try school.setHosts((1...60).map { School.row($0) })
            let command = "\(Programs.linboctl) --config \(school.config.path) pcs"
            func onTerminal(_ pager: String) async throws -> String {
                try await Command.run(
                    "/usr/bin/script", ["-qec", command, "/dev/null"],
                    environment: ["PAGER": pager, "TERM": "xterm", "NO_COLOR": "1"]
                ).output
            }
            let whole = try await school.linboctl("pcs").output
            #expect(whole.contains("pc01") && whole.contains("pc60"))
            let page = try await onTerminal("grep pc60")
            #expect(page.contains("pc60") && !page.contains("pc01"), "\(page)")
            for none in ["", "no-such-pager"] {
                let all = try await onTerminal(none)
                #expect(all.contains("pc01") && all.contains("pc60"), "\(all)")
            }
        }
    }

    @Test("why begins with a verdict; pcs shows it for a room")
    func verdict() async throws {
        try await School.open(.withTFTP()) { school async throws in
            try school.setHosts(
                (1...3).map { School.row($0).replacing(";win11;", with: $0 == 2 ? ";win12;" : ";win11;") })
            for host in [1, 2] {
                #expect(try await school.fetch("boot/grub/grub.cfg", as: host).bytes == nil || host > 0)
                _ = try await school.pull(["start.conf.\(host == 2 ? "win12" : "win11")"], as: host)
            }
            try await eventually("both are told") {
                let why = try await school.linboctl("why", "pc02").output
                let pcs = try await school.linboctl("pcs", "room:r101").output
                return why.contains("start.conf.win12 is not there") && why.contains("there is one of 'win11'")
                    && pcs.contains(/pc01 +r101 +linbo, has its start\.conf +\d+ s/)
                    && pcs.contains("start.conf.win12 is not there")
                    && pcs.contains(/pc03 +r101 +unknown +- +- +-/)
            }
            let silent = try await school.linboctl("why", "pc03").output
            #expect(silent.contains("no boot over this server in the last 24h"), "\(silent)")
            #expect(try await school.linboctl("pcs", "--json").output.contains("\"reached\" : \"start.conf\""))
        }
    }

    @Test(
        "a host whose address is DHCP's has none in why; a listing has no bytes; the asked name stands")
    func names() async throws {
        try await School.open(.withTFTP()) { school async throws in
            try school.setHosts([
                School.row(1), School.row(2).replacingOccurrences(of: ";127.0.0.3;", with: ";DHCP;"),
            ])
            let why = try await school.linboctl("why", "pc02").output
            #expect(why.contains("pc02  DHCP") && !why.contains("0.0.0.0"), "\(why)")
            _ = try await school.pull([""], as: 1, options: ["--list-only"])
            try FileManager.default.createSymbolicLink(
                atPath: school.tree.path + "/alias", withDestinationPath: "start.conf.win11")
            #expect(try await school.fetch("/alias", as: 1).bytes != nil)
            try await eventually("both are told") {
                let audit = try await school.audit()
                return audit.contains {
                    $0.decision == .directory && $0.bytes == nil && $0.reason?.hasSuffix("their names alone") == true
                } && audit.contains { $0.path == "alias" && $0.reason?.hasPrefix("as start.conf.win11") == true }
            }
        }
    }

    @Test("audit is filtered by host, path and state")
    func filters() async throws {
        try await School.open { school async throws in
            for host in [1, 2] { _ = try await school.pull(["start.conf.win11", "nothing"], as: host) }
            try await eventually("both are told") { try await school.audit().count >= 4 }
            func rows(_ words: String...) async throws -> Int {
                let all = ["--config", school.config.path, "audit"] + words
                return try await Command.run(Programs.linboctl, all).output.split(separator: "\n").count - 1
            }
            #expect(try await rows("--host", "pc01") == 2)
            #expect(try await rows("--host", "room:r101", "--path", "noth") == 2)
            #expect(try await rows("--host", "127.0.0.2,pc02", "--state", "missing") == 2)
            #expect(try await rows("--until", "1h") == 0)
        }
    }

    @Test("selftest rsync and tftp: what the running servers give a PC, and what is wrong if they do not")
    func selftest() async throws {
        try await School.open(.withTFTP()) { school async throws in
            try school.write("md5", to: "srv/linbofs64.md5")
            let rsync = try await school.linboctl("selftest", "rsync", "--port", "\(school.port)")
            #expect(rsync.status == 0 && rsync.output.contains("start.conf.win11: right"), "\(rsync)")
            let tftp = try await school.linboctl("selftest", "tftp", "--port", "\(school.tftpPort)")
            #expect(tftp.status == 0 && tftp.output.contains("linbofs64.md5: right"), "\(tftp)")
            let nobody = try await school.linboctl("selftest", "rsync", "--port", "1")
            #expect(nobody.status == 1 && nobody.output.contains("rsyncd does not run"), "\(nobody)")
            // An old module below ours.
            let conf = try school.read("rsyncd.conf")
            try school.write(conf + "\n[linbo]\npath = \(school.tree.path)\n", to: "rsyncd.conf")
            let mixed = try await school.linboctl("selftest", "rsync", "--port", "\(school.port)")
            #expect(mixed.status == 1 && mixed.output.contains("did not come as the tree has them"), "\(mixed)")
        }
    }
}
