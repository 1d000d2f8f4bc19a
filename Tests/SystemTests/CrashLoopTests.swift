import Foundation
import HookHost
import Testing

/// Whatever lies on disk: the daemon serves by rsync and TFTP first.
@Suite("N1: no crash loop keeps PCs from booting")
struct CrashLoopTests {
    private static func open(_ body: (School) async throws -> Void) async throws {
        var options = School.Options.withUploads()
        let tftp = School.Options.withTFTP()
        options.tftp = tftp.tftp
        try await School.open(options) { school async throws in
            try FileManager.default.createDirectory(at: school.outbox(""), withIntermediateDirectories: true)
            try await body(school)
        }
    }

    private static func serves(_ school: School) async throws {
        #expect(try await school.pull("start.conf.win11", as: 2).status == 0)
        #expect(try await school.fetch("start.conf.win11", as: 2).bytes != nil)
    }

    /// As a daemon leaves it that died at a set for the second time.
    private static func leaveMark(_ school: School) async throws {
        struct Record: Decodable {
            struct Arrival: Decodable {
                let at: Int64
                let inode: UInt64
            }
            let arrived: [String: Arrival]
        }
        var arrived: [String: Record.Arrival] = [:]
        // rsyncd's `post` goes on when the client has ended.
        try await eventually("the set has come whole") {
            let record = try school.read("srv/.linbo-hookd/uploads/sets/win11.qcow2.json")
            arrived = try JSONDecoder().decode(Record.self, from: Data(record.utf8)).arrived
            return arrived.count == 2
        }
        let version = arrived.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.inode):\($0.value.at)" }
        let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let mark: [String: Any] = [
            "kind": "set", "name": "win11.qcow2", "version": version.joined(separator: " "), "by": "2147483646@5",
            "boot": boot, "deaths": 1, "at": 1000,
        ]
        let bytes = try JSONSerialization.data(withJSONObject: mark)
        try school.write(Array(bytes), to: "state/work/set win11.qcow2.mark")
    }

    @Test("N1: a set that two daemons died at is set aside and shown, and goes live by retry") func twice() async throws
    {
        try await Self.open { school async throws in
            for server in school.servers.all() { server.signal(SIGKILL) }
            try await school.makeImage("win11.qcow2", size: 1)
            try school.makeInfo("win11.qcow2", timestamp: "202611250800")
            try await school.pushSet("win11.qcow2", as: 1)
            try await Self.leaveMark(school)
            try await school.startDaemon()
            try await eventually("it is in quarantine") { !school.internalNames(in: "uploads/quarantine").isEmpty }
            try await Self.serves(school)
            let listed = try await school.linboctl("images", "quarantine", "list")
            #expect(listed.output.contains("died 2 times"), "\(listed)")
            #expect(try school.bytes(school.live("win11.qcow2")) != school.bytes("outbox/win11.qcow2"))
            let name = try #require(school.internalNames(in: "uploads/quarantine").first)
            let again = try await school.linboctl("images", "quarantine", "retry", name)
            #expect(again.status == 0, "\(again)")
            try await school.goesLive("win11.qcow2")
            try await school.uploadsAreDone()
            #expect(school.internalNames(in: "uploads/quarantine").isEmpty)
        }
    }

    @Test("N1: what is set aside besides sets is told by status, check and the list, and dropped") func others()
        async throws
    {
        try await Self.open { school async throws in
            let mark =
                "{\"kind\":\"torrent\",\"name\":\"win11.qcow2\",\"version\":\"\",\"boot\":\"x\",\"deaths\":2,\"at\":1}"
            try school.write(mark, to: "state/work/torrent win11.qcow2.mark")
            for words in [["status"], ["images", "quarantine", "list"]] {
                let told = try await Command.run(Programs.linboctl, ["--config", school.config.path] + words)
                #expect(told.output.contains("torrent:win11.qcow2"), "\(told)")
            }
            let check = try await Command.run(Programs.hookd, ["check", "--config", school.config.path])
            #expect("\(check)".contains("torrent:win11.qcow2"), "\(check)")
            let dropped = try await school.linboctl("images", "quarantine", "drop", "torrent:win11.qcow2")
            #expect(dropped.status == 0 && !school.exists("state/work/torrent win11.qcow2.mark"), "\(dropped)")
        }
    }

    @Test("N1: uploads that can't even have their directories") func noDirectories() async throws {
        try await Self.open { school async throws in
            for server in school.servers.all() { server.signal(SIGKILL) }
            try FileManager.default.removeItem(atPath: school.tree.path + "/.linbo-hookd/uploads")
            try school.write("no directory", to: "srv/.linbo-hookd/uploads")
            let daemon = try await school.startDaemon()
            try await Self.serves(school)
            #expect(daemon.logged.contains("none is taken"), "\(daemon.logged)")
        }
    }

    @Test("N1: a database that is destroyed") func noDatabase() async throws {
        try await Self.open { school async throws in
            for server in school.servers.all() { server.signal(SIGKILL) }
            let database = school.directory.path + "/state/linbo-hookd.sqlite"
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: database + suffix) }
            try school.write([UInt8](repeating: 7, count: 8192), to: "state/linbo-hookd.sqlite")
            let daemon = try await school.startDaemon()
            try await Self.serves(school)
            let status = try await school.linboctl("status")
            #expect(status.status == 1 && status.output.contains("destroyed"), "\(status)")
            try FileManager.default.removeItem(atPath: database)
            try await eventually("it ends, for the next one") { daemon.hasEnded }
            #expect(daemon.status == 0)
            try await school.startDaemon()
            #expect(try await school.linboctl("status").status == 0)
        }
    }

    @Test("N1: somebody holds the lock of an upload whose connection died") func lockHeld() async throws {
        try await Self.open { school async throws in
            try await school.makeImage("win11.qcow2", size: 8)
            let upload = try school.startPush(
                "win11.qcow2", to: "images/win11/win11.qcow2", as: 1, options: Flags.upload + ["--bwlimit=1000"])
            try await eventually("bytes come") { school.temporarySize("127.0.0.2") > 0 }
            for server in school.servers.all() where server !== upload { server.signal(SIGKILL) }
            for process in try school.uploadConnections(of: "127.0.0.2") { School.killTree(process) }
            let script =
                "import fcntl,sys,time\nf=open(sys.argv[1],'a')\nfcntl.flock(f,fcntl.LOCK_EX)\n"
                + "print('locked',flush=True)\ntime.sleep(600)\n"
            let lock = school.tree.path + "/.linbo-hookd/uploads/locks/win11.qcow2"
            let locker = try Server(
                "/usr/bin/env", ["python3", "-c", script, lock],
                log: school.directory.appendingPathComponent("locker.log"))
            try await eventually("it is locked") { locker.logged.contains("locked") }
            try await school.startDaemon()
            try await Self.serves(school)
            locker.signalGroup(SIGKILL)
            try await eventually("what came is kept") { school.internalNames(in: "uploads/partial") == ["win11.qcow2"] }
        }
    }
}
