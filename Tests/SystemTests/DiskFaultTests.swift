import Foundation
import HookStore
import Testing

/// Rows of docs/faults.md that need a filesystem of the test's own, or another process on the database.
@Suite(.enabled(if: geteuid() == 0, "mounting is for root")) struct DiskFaultTests {
    @Test("a mount inside the tree: refused at start, with the mount and the fix")
    func mountInside() async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            let mount = school.tree.path + "/images"
            try await Self.withMount(mount, size: "1m") {
                for arguments in [["serve"], ["check"]] {
                    let result = try await Command.run(Programs.hookd, arguments + ["--config", school.config.path])
                    #expect(result.status == 1, "\(result)")
                    #expect(
                        (result.output + result.errors).contains("\(mount) is a mount inside the tree"), "\(result)")
                    #expect((result.output + result.errors).contains("linbo-hookd.yaml:"), "\(result)")
                }
            }
        }
    }

    @Test("views on another filesystem than the tree: refused at start")
    func viewsElsewhere() async throws {
        var options = School.Options()
        options.startsDaemon = false
        options.linbo = "  views: /dev/shm/linbo-hookd-views-\(getpid())"
        try await School.open(options) { school async throws in
            let result = try await Command.run(Programs.hookd, ["serve", "--config", school.config.path])
            try? FileManager.default.removeItem(atPath: "/dev/shm/linbo-hookd-views-\(getpid())")
            #expect(result.status == 1)
            #expect(result.errors.contains("lies on another filesystem"), "\(result)")
        }
    }

    @Test("disk full: clients are served from the reserve, and the log says so")
    func diskFull() async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            try FileManager.default.removeItem(at: school.tree)
            try FileManager.default.createDirectory(at: school.tree, withIntermediateDirectories: true)
            try await Self.withMount(school.tree.path, size: "3m") {
                try school.write("conf", to: "srv/start.conf.win11")
                try school.write(
                    "[HKEY_LOCAL_MACHINE\\X]\r\n\"K\"=\"@@windows_key@@\"\r\n", to: "srv/images/win11/win11.reg")
                let daemon = try await school.startDaemon()
                try await eventually("the reserve is taken") { school.exists("srv/.linbo-hookd/ballast") }
                let filler = open(school.tree.path + "/filler", O_WRONLY | O_CREAT, 0o600)
                var page = [UInt8](repeating: 1, count: 4096)
                while write(filler, &page, page.count) > 0 {}
                close(filler)
                for host in [1, 2, 3] {
                    let result = try await school.pull(["start.conf.win11", "images/win11/win11.reg"], as: host)
                    #expect(result.status == 0, "\(result)")
                    #expect(try school.received("win11.reg", by: host).contains(School.key(host)))
                }
                #expect(try school.read("hookd.log").contains("make space on this filesystem"))
                try FileManager.default.removeItem(atPath: school.tree.path + "/filler")
                try await eventually("the reserve is taken again") { school.exists("srv/.linbo-hookd/ballast") }
                try await daemon.stop()
            }
        }
    }

    @Test("database locked: plain files are served, commands wait, nothing hangs")
    func databaseLocked() async throws {
        try await School.open(.withTFTP()) { school async throws in
            #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
            let script =
                "import sqlite3,sys,time\nc=sqlite3.connect(sys.argv[1],isolation_level=None)\n"
                + "c.execute('BEGIN IMMEDIATE')\nprint('locked',flush=True)\ntime.sleep(600)\n"
            let locker = try Server(
                "/usr/bin/env", ["python3", "-c", script, school.directory.path + "/state/linbo-hookd.sqlite"],
                log: school.directory.appendingPathComponent("locker.log"))
            try await eventually("the database is locked") { locker.logged.contains("locked") }
            #expect(try await school.pull("start.conf.win11", as: 1).status == 0)
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1).status == 23)
            #expect(try await school.fetch("start.conf.win11", as: 1).bytes != nil)
            // The API answers what needs no writing, refuses the rest, and its other questions wait for nothing.
            #expect(try await school.linboctl("plugins").status == 0)
            let refused = try await school.linboctl("onboot", "add", "pc02", "sync:1")
            #expect(refused.status == 1 && refused.errors.contains("another process holds the database"), "\(refused)")
            locker.signalGroup(SIGKILL)
            try await eventually("the lock is gone") { locker.hasEnded }
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1).status == 0)
            try await eventually("the audit log has what was asked meanwhile") {
                let asked = try await school.audit().map(\.path)
                return asked.contains("start.conf.win11") && asked.count { $0 == "linbocmd/pc01.cmd" } == 2
            }
        }
    }

    @Test("N26: a full state disk: check and status say so, with the fix; clients boot; the log tells what it lacks")
    func stateDiskFull() async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            let state = school.directory.path + "/state"
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            try await Self.withMount(state, size: "8m") {
                let daemon = try await school.startDaemon()
                #expect(try await school.linboctl("check").output.contains("is nearly full: room for"))
                let filler = open(state + "/filler", O_WRONLY | O_CREAT, 0o600)
                var page = [UInt8](repeating: 1, count: 4096)
                while write(filler, &page, page.count) > 0 {}
                close(filler)
                for host in 1...8 {
                    let result = try await school.pull(["start.conf.win11", "images/win11/win11.reg"], as: host)
                    #expect(result.status == 0, "\(result)")
                }
                let told = "linbo-hookd.yaml:6:8: the disk of the state directory is full: room for 0 MiB"
                for words in [["check"], ["status"]] {
                    let result = try await Command.run(
                        Programs.linboctl, ["--config", school.config.path] + words)
                    #expect(result.status == 1 && result.output.contains(told), "\(result)")
                    #expect(result.output.contains("make space on the disk of \(state)"), "\(result)")
                }
                #expect(try await Self.saysFailure(school, ["status"]))
                #expect(try await Self.saysFailure(school, ["check"]))
                try FileManager.default.removeItem(atPath: state + "/filler")
                try await eventually("what waited is written") {
                    let rows = try await school.audit().filter { $0.path == "images/win11/win11.reg" }
                    return Set(rows.compactMap(\.host)).count == 8
                }
                #expect(try await !Self.saysFailure(school, ["status"]))
                try await daemon.stop()
            }
        }
    }

    private static func saysFailure(_ school: School, _ words: [String]) async throws -> Bool {
        let result = try await Command.run(Programs.linboctl, ["--config", school.config.path] + words)
        return result.output.contains("audit log: it can't be written: SQLite error")
    }

    private static func withMount(_ directory: String, size: String, _ body: () async throws -> Void) async throws {
        let mounted = try await Command.run(
            "/usr/bin/mount", ["-t", "tmpfs", "-o", "size=\(size),mode=755", "tmpfs", directory])
        try #require(mounted.status == 0, "\(mounted)")
        do {
            try await body()
        } catch {
            _ = try? await Command.run("/usr/bin/umount", ["-l", directory])
            throw error
        }
        _ = try await Command.run("/usr/bin/umount", ["-l", directory])
    }
}
