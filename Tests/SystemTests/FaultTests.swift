import Foundation
import HookStore
import OnbootCmd
import Testing

/// The table of docs/faults.md, a test for each row: whatever happens to the daemon, clients get their files.
@Suite struct FaultTests {
    private static let slow = ["--bwlimit=100"]

    /// A file that takes minutes at that rate; rsync sends it after `pc01.cmd`, in the order of names.
    private func addBigFile(_ school: School) throws {
        try school.write([UInt8](repeating: 7, count: 20 << 20), to: "srv/tmp/zz.qcow2")
    }

    private func waitForView(_ school: School) async throws {
        try await eventually("a transfer runs") {
            school.exists("srv/.linbo-hookd/views/127.0.0.2/tmp/zz.qcow2")
                && school.exists("inbox/127.0.0.2")
                && Self.isReceiving(school)
        }
    }

    private static func isReceiving(_ school: School) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: school.inbox("127.0.0.2").path)) ?? []
        return names.contains { $0.hasPrefix(".zz.qcow2.") }
    }

    @Test("daemon stopped: `once` serves, and a host its own bytes")
    func stopped() async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school in
            let result = try await school.pull(["start.conf.win11", "images/win11/win11.reg"], as: 1)
            #expect(result.status == 0, "\(result)")
            #expect(try school.received("win11.reg", by: 1).contains(School.key(1)))
            try await eventually("no view stays") { school.views.isEmpty }
        }
    }

    @Test("daemon stuck (SIGSTOP): `once` serves after hook.wait; the daemon goes on later")
    func stuck() async throws {
        var options = School.Options()
        options.hookWait = "1s"
        try await School.open(options) { school in
            let daemon = try await school.startSecondHand()
            daemon.signal(SIGSTOP)
            let result = try await school.pull("images/win11/win11.reg", as: 1)
            #expect(result.status == 0, "\(result)")
            #expect(try school.received("win11.reg", by: 1).contains(School.key(1)))
            try await eventually("no view stays") { school.views.isEmpty }
            daemon.signal(SIGCONT)
            try await eventually("the daemon answers again") { try await school.linboctl("status").status == 0 }
            #expect(try await school.pull("start.conf.win11", as: 1).status == 0)
        }
    }

    @Test("N19: a client that hangs: its connection is ended and told of, and its view goes")
    func hangs() async throws {
        var options = School.Options()
        options.hookWait = "2s\n  stalled: 1s"
        try await School.open(options) { school in
            try addBigFile(school)
            let client = try school.startPull(["tmp/zz.qcow2"], as: 1, options: Self.slow)
            try await waitForView(school)
            client.signalGroup(SIGSTOP)
            try await eventually("the connection is ended: \(try school.read("hookd.log"))") {
                try school.read("hookd.log").contains("of 127.0.0.2 has not moved for hook.stalled, and is ended")
            }
            try await eventually("no view stays") { school.views.isEmpty }
            client.signalGroup(SIGCONT)
            try await eventually("the client ends") { client.hasEnded }
            #expect(client.status != 0)
        }
    }

    @Test("daemon killed in the middle of a transfer: the transfer ends well, and nothing stays behind")
    func killedInTheMiddle() async throws {
        try await School.open { school in
            let daemon = try await school.startSecondHand()
            try school.write([UInt8](repeating: 7, count: 1 << 20), to: "srv/tmp/zz.qcow2")
            let client = try school.startPull(["tmp/zz.qcow2"], as: 1, options: ["--bwlimit=400"])
            try await waitForView(school)
            daemon.signal(SIGKILL)
            try await eventually("the client ends") { client.hasEnded }
            #expect(try school.receivedBytes("zz.qcow2", by: 1).count == 1 << 20)
            try await eventually("no view stays") { school.views.isEmpty }
        }
    }

    @Test("daemon killed and started again in the middle: the outcome reaches the new one, once")
    func restartedInTheMiddle() async throws {
        try await School.open { school in
            let daemon = try await school.startSecondHand()
            try school.write([UInt8](repeating: 7, count: 1 << 20), to: "srv/tmp/zz.qcow2")
            #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
            let client = try school.startPull(
                ["linbocmd/pc01.cmd", "tmp/zz.qcow2"], as: 1, options: ["--bwlimit=400"])
            try await waitForView(school)
            daemon.signal(SIGKILL)
            try await eventually("the daemon is dead") { daemon.hasEnded }
            try await school.startDaemon()
            try await eventually("the client ends") { client.hasEnded }
            #expect(try school.received("pc01.cmd", by: 1) == "sync:1\n")
            try await eventually("the command counts as delivered") {
                try await school.onboot().map(\.state) == [.delivered]
            }
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1, into: "again").status == 23)
        }
    }

    @Test("rsyncd's process killed before the outcome: uncertain, shown, and can be queued again")
    func outcomeNeverTold() async throws {
        try await School.open { school in
            try addBigFile(school)
            #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
            let client = try school.startPull(
                ["linbocmd/pc01.cmd", "tmp/zz.qcow2"], as: 1, options: Self.slow)
            try await waitForView(school)
            let parent = try #require(try school.liveConnections(of: "127.0.0.2").first)
            kill(parent, SIGKILL)
            try await eventually("the command is uncertain, the view gone") {
                try await school.onboot().map(\.state) == [.uncertain] && school.views.isEmpty
            }
            client.signalGroup(SIGKILL)
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1, into: "again").status == 23)
            #expect(try await school.linboctl("onboot", "list").output.contains("uncertain"))
            #expect(try await school.linboctl("onboot", "requeue", "1").status == 0)
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1, into: "again").status == 0)
        }
    }

    @Test("client killed in the middle: its command waits on")
    func clientKilled() async throws {
        try await School.open { school in
            try addBigFile(school)
            #expect(try await school.linboctl("onboot", "add", "pc01", "sync:1").status == 0)
            let client = try school.startPull(
                ["linbocmd/pc01.cmd", "tmp/zz.qcow2"], as: 1, options: Self.slow)
            try await waitForView(school)
            client.signalGroup(SIGKILL)
            try await eventually(
                "the command waits again, the view is gone: \((try? await school.onboot()).map { "\($0)" } ?? "?") \(school.views)"
            ) {
                try await school.onboot().map(\.state) == [.queued] && school.views.isEmpty
            }
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1, into: "again").status == 0)
        }
    }

    @Test("records and views of dead connections are cleared at start")
    func clearedAtStart() async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school in
            // No process has such a pid: pid_max is at most 2^22.
            try school.write("", to: "srv/.linbo-hookd/live/127.0.0.9/4194400@5")
            try school.write("old", to: "srv/.linbo-hookd/views/127.0.0.9/start.conf")
            try school.write("old", to: "srv/.linbo-hookd/views/127.0.0.10/start.conf")
            try school.write("old", to: "srv/.linbo-hookd/tmp/1.2.3")
            try await school.startDaemon()
            try await eventually("views are gone") { school.views.isEmpty }
            #expect(!school.exists("srv/.linbo-hookd/tmp/1.2.3"))
            #expect(!school.exists("srv/.linbo-hookd/live/127.0.0.9/4194400@5"))
        }
    }

    @Test("a pid that is used again is another connection")
    func reusedPid() async throws {
        try await School.open { school in
            try school.place(Array("old".utf8), at: "srv/.linbo-hookd/views/127.0.0.9/start.conf")
            try school.place([], at: "srv/.linbo-hookd/live/127.0.0.9/\(getpid())@5")
            try await eventually("the view is gone") { school.views.isEmpty }
        }
    }

    @Test("a socket that a killed daemon left is no obstacle; a live one is")
    func socketLeft() async throws {
        try await School.open { school in
            let second = try await Command.run(Programs.hookd, ["serve", "--config", school.config.path])
            #expect(second.status == 1)
            #expect(second.errors.contains("serves here, and holds"), "\(second)")
            let daemon = try await school.startSecondHand()
            daemon.signal(SIGKILL)
            try await eventually("the daemon is dead") { daemon.hasEnded }
            #expect(school.exists("hook.sock"))
            try await school.startDaemon()
            #expect(try await school.pull("start.conf.win11", as: 1).status == 0)
        }
    }

    @Test("database unusable: plain files are served, commands are held back")
    func databaseUnusable() async throws {
        var options = School.Options()
        options.startsDaemon = false
        try await School.open(options) { school in
            try school.write("this is no directory", to: "state")
            try school.write("sync:1\n", to: "srv/linbocmd/pc01.cmd")
            #expect(try await school.pull("start.conf.win11", as: 1).status == 0)
            #expect(try await school.pull("linbocmd/pc01.cmd", as: 1).status == 23)
            #expect(school.exists("srv/linbocmd/pc01.cmd"))
            let start = try await Command.run(Programs.hookd, ["serve", "--config", school.config.path])
            #expect(start.status == 1)
            #expect(start.errors.contains("\(school.directory.path)/state"), "\(start)")
        }
    }
}
