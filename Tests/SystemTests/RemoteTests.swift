import Foundation
import HookStore
import HookTesting
import LinboModel
import Testing

/// `linboctl remote`, with PCs whose ssh is LINBO's.
@Suite struct RemoteTests {
    /// A school, and its PCs' ssh.
    private static func open(
        hosts: Int = 40,
        _ body: (School, LinboPCs, @escaping @Sendable (Int) async throws -> LinboPC) async throws -> Void
    ) async throws {
        let port = try FreePort.next()
        var options = School.Options()
        options.hosts = hosts
        options.extra = """
            remote:
              key: {directory}/pcs/id
              port: \(port)
              at-once: \(max(20, hosts))
              seen: 20s
              lost: 10s
              limits: {sync: 20m, start: 20s}
            """
        try await School.open(options) { school in
            let pcs = try await LinboPCs(in: school.directory.appending(path: "pcs"))
            try await body(school, pcs) { number in
                let name = number < 10 ? "pc0\(number)" : "pc\(number)"
                return try await pcs.start(name, at: SocketAddress("127.0.0.\(number + 1)", port))
            }
        }
    }

    private struct PC: Decodable {
        struct Job: Decodable {
            let id: Int64
            let state: String
            let note: String?
        }
        struct Step: Decodable {
            let command: String
            let state: String
        }
        let host: String
        let job: Job
        let steps: [Step]
    }

    private static func pcs(_ result: CommandResult) throws -> [String: PC] {
        let list = try JSONDecoder().decode([PC].self, from: Data(result.output.utf8))
        return Dictionary(uniqueKeysWithValues: list.map { ($0.host, $0) })
    }

    @Test("of a room it is told which failed and why; those alone do it again")
    func room() async throws {
        try await Self.open { school, _, start in
            let pcs = try await [1, 2, 3].asyncMap(start)
            try pcs[1].set("sync", to: "echo the disk is full; exit 1")
            let first = try await school.linboctl("remote", "pc01,pc02,pc03,pc04", "sync:1", "--json")
            #expect(first.status == 1)
            let found = try Self.pcs(first)
            #expect(
                found.mapValues(\.job.state) == ["pc01": "done", "pc02": "failed", "pc03": "done", "pc04": "failed"])
            #expect(found["pc02"]?.job.note == "sync:1 failed with status 1")
            #expect(found["pc04"]?.job.note?.contains("nobody listens") == true)
            #expect(found["pc01"]?.steps.map(\.state) == ["done"])
            let number = try #require(found["pc01"]?.job.id)
            try pcs[1].set("sync", to: "exit 0")
            let fourth = try await start(4)
            let again = try await school.linboctl("remote", "retry", "\(number)")
            #expect(again.status == 0, "\(again)")
            #expect(again.output.contains("order \(number): 4 of 4 done"))
            #expect(pcs[0].done.count { $0 == "0 sync:1" } == 1 && fourth.done.count { $0 == "0 sync:1" } == 1)
            for pc in pcs + [fourth] { #expect(pc.done.last == "0 gui_ctl restore" && !pc.exists("start.conf.bak")) }
            let acts = try await school.acts()
            #expect(
                acts.filter { $0.decision.rawValue == "remote" }.compactMap(\.host).sorted() == [
                    "pc01", "pc02", "pc03", "pc04",
                ])
        }
    }

    @Test("of one PC the output is shown, and a text of many lines ends with what became of it")
    func output() async throws {
        try await Self.open { school, _, start in
            let pc = try await start(1)
            try pc.set("sync", to: "for n in 1 2 3; do echo line $n; done")
            let result = try await school.linboctl("remote", "pc01", "sync:1")
            #expect(result.status == 0, "\(result)")
            #expect(result.output.contains("line 1\nline 2\nline 3\n"))
            #expect(result.output.contains("1 of 1 done"))
        }
    }

    @Test(
        "what makes no sense is refused before anything is done",
        arguments: [
            ("pc01", "sync:2", "no operating system 2"), ("pc01", "sync", "sync:1"), ("pc99", "sync:1", "pc99"),
            ("pc01", "start:1,sync:1", "nothing can come behind start:1"), ("pc01", "sync:1,noauto", "say --onboot"),
            ("pc01", "format:1", "start.conf.win11 has 0"), ("pc01", "new:1", "say --yes"),
            ("pc01,pc02", "upload_image:1", "name one host"), ("pc01", "sync:1,", "a command is missing"),
        ])
    func refused(targets: String, command: String, words: String) async throws {
        try await Self.open { school, _, _ in
            if command == "format:1" {
                try school.write(
                    "[LINBO]\n[Partition]\ndev = /dev/sda1\n[OS]\nName = x\nBaseImage = x.qcow2\n",
                    to: "srv/start.conf.win11")
            }
            let result = try await school.linboctl("remote", targets, command)
            let expected = command == "format:1" ? "what is on partition 1" : words
            #expect(result.status == 1 && result.errors.contains(expected), "\(result)")
            #expect(try await school.linboctl("jobs", "--all", "--json").output.contains("remote.pc") == false)
        }
    }

    @Test("a preview says what it is about, what is lost, and what the PCs would do by themselves; nothing is done")
    func preview() async throws {
        try await Self.open { school, _, _ in
            try school.write(
                """
                [LINBO]
                AutoPartition = yes
                [Partition]
                dev = /dev/sda1
                label = windows
                fstype = ntfs
                [OS]
                Name = Windows 11
                BaseImage = win11.qcow2
                Root = /dev/sda1

                """, to: "srv/start.conf.win11")
            let result = try await school.linboctl("remote", "room:r101", "format:1,sync:1,start:1", "--preview")
            #expect(result.status == 0)
            for words in [
                "40 PCs of group win11", "format:1: /dev/sda1 (windows, ntfs)",
                "sync:1: Windows 11 (win11.qcow2) on /dev/sda1", "lost on each: what is on partition 1",
                "not done by themselves until the next boot: AutoPartition", "not seen for half a day",
            ] {
                #expect(result.output.contains(words), "\(words)\n\(result)")
            }
            #expect(try await school.linboctl("jobs", "--all", "--json").output.contains("remote.pc") == false)
        }
    }

    @Test("a second order for a busy PC is refused by name, or done after the first; a third may be cancelled")
    func busy() async throws {
        try await Self.open { school, _, start in
            let pc = try await start(1)
            try pc.set("sync", to: "echo begun >/tmp/begun; while [ ! -e /tmp/go ]; do sleep 1; done")
            #expect(try await school.linboctl("remote", "pc01", "sync:1", "--detach").status == 0)
            try await eventually("it has begun") { pc.exists("tmp/begun") }
            let refused = try await school.linboctl("remote", "pc01", "pc02", "label")
            #expect(refused.status == 1 && refused.errors.contains("pc01: sync:1 (job 1, running"), "\(refused)")
            #expect(try await school.linboctl("remote", "pc01", "label", "--append", "--detach").status == 0)
            let third = try await school.linboctl("remote", "pc01", "postsync:1", "--append", "--detach")
            #expect(third.output.contains("order 3"))
            #expect(try await school.linboctl("remote", "cancel", "3").status == 0)
            try Data().write(to: pc.directory.appending(path: "tmp/go"))
            #expect(try await school.linboctl("remote", "show", "2", "--wait").status == 0)
            #expect(pc.done.filter { !$0.contains("gui_ctl") } == ["0 sync:1", "0 label"])
            #expect(try await school.linboctl("remote", "show", "3").status == 1)
        }
    }

    @Test("a daemon that is killed in the middle has the next one go on: nothing runs twice, no screen stays disabled")
    func killed() async throws {
        try await Self.open { school, _, start in
            let pcs = try await [1, 2].asyncMap(start)
            for pc in pcs {
                try pc.set("sync", to: "echo begun >/tmp/begun; while [ ! -e /tmp/go ]; do echo x; sleep 1; done")
            }
            _ = try await school.linboctl("remote", "pc01", "pc02", "label,sync:1,postsync:1", "--detach")
            try await eventually("both are at it") { pcs.allSatisfy { $0.exists("tmp/begun") } }
            for server in school.servers.all() { server.kill() }
            try await school.stopDaemon()
            for pc in pcs { try Data().write(to: pc.directory.appending(path: "tmp/go")) }
            try await school.startDaemon()
            let result = try await school.linboctl("remote", "show", "1", "--wait")
            #expect(result.status == 0, "\(result)")
            for pc in pcs {
                #expect(
                    pc.done == ["0 gui_ctl disable", "0 label", "0 sync:1", "0 postsync:1", "0 gui_ctl restore"])
            }
        }
    }

    @Test("a cancelled order stops on the PC, and its screen is given back")
    func cancelled() async throws {
        try await Self.open { school, _, start in
            let pc = try await start(1)
            try pc.set("sync", to: "echo begun >/tmp/begun; sleep 1000; echo on >/tmp/on")
            _ = try await school.linboctl("remote", "pc01", "sync:1,postsync:1", "--detach")
            try await eventually("it has begun") { pc.exists("tmp/begun") }
            #expect(try await school.linboctl("remote", "cancel", "1").status == 0)
            let result = try await school.linboctl("remote", "show", "1", "--wait")
            #expect(result.status == 1 && result.output.contains("cancelled"), "\(result)")
            #expect(!pc.exists("tmp/on") && pc.done.last == "0 gui_ctl restore")
        }
    }

    @Test("PCs with another key are not told anything until an admin trusts it for the school")
    func trust() async throws {
        try await Self.open { school, pcs, start in
            let first = try await start(1)
            #expect(try await school.linboctl("remote", "pc01", "label").status == 0)
            first.off()
            let fingerprint = try await LinboPCs.hostKey(at: pcs.key.deletingLastPathComponent().appending(path: "new"))
            let pc = try await pcs.start(
                "pc02", at: SocketAddress("127.0.0.3", first.address.port),
                hostKey: pcs.key.deletingLastPathComponent().appending(path: "new"))
            let refused = try await school.linboctl("remote", "pc02", "label")
            #expect(
                refused.status == 1 && refused.output.contains("linboctl remote trust \(fingerprint)"), "\(refused)")
            #expect(try await school.linboctl("remote", "keys").output.contains(fingerprint))
            #expect(try await school.linboctl("remote", "trust", "SHA256:x").status == 1)
            #expect(try await school.linboctl("remote", "trust", fingerprint).status == 0)
            #expect(try await school.linboctl("remote", "pc02", "label").status == 0)
            #expect(pc.done.contains("0 label"))
        }
    }

    @Test("at the next boot: what is not fetched in time is withdrawn; a PC that runs LINBO is started anew, not woken")
    func onboot() async throws {
        try await Self.open { school, _, start in
            let pc = try await start(1)
            try pc.set("reboot", to: "kill 1; sleep 1000")
            async let ended = school.linboctl(
                "remote", "pc01", "pc02", "sync:1,start:1", "--onboot", "--noauto", "--wait", "20s")
            try await eventually("pc01 has left") { pc.done.contains("0 gui_ctl disable") && !pc.listens }
            let text = try await eventuallyPulled(school, "linbocmd/pc01.cmd", as: 1)
            #expect(text == "sync:1,start:1,noauto\n")
            let result = try await ended
            #expect(result.status == 1 && result.output.contains("pc02 did not come within 20s"), "\(result)")
            #expect(result.output.contains("LINBO runs on these, and is started anew: pc01"))
            #expect(result.output.contains("pc01 came after"))
            #expect(result.output.contains("LINBO does start:1, too, if sync:1 fails"))
            let plain = try await school.linboctl("onboot", "add", "pc03", "sync:1,start:1,noauto")
            #expect(plain.status == 0 && plain.errors.contains("LINBO does start:1, too, if sync:1 fails"), "\(plain)")
            let single = try await school.linboctl("onboot", "add", "pc04", "start:1,noauto")
            #expect(single.status == 0 && !single.errors.contains("too, if"), "\(single)")
            try await eventually("nobody gets the other one") {
                try await school.linboctl("onboot", "list", "pc02").output.contains("sync:1") == false
            }
        }
    }

    @Test(
        "PCs in use are neither woken nor waited for where that is said: by wake, and for the next boot",
        .enabled(if: Namespace.isRoot, "as root"))
    func inUse() async throws {
        try await Self.open { school, pcs, start in
            // LINBO's port answers first, whatever else listens on this machine.
            let pc = try await start(1)
            try pc.set("reboot", to: "kill 1; sleep 1000")
            // Whoever listens there.
            let windows = try await pcs.start("pc40", at: SocketAddress("127.0.0.41", 445))
            func came(_ text: String) async throws {
                try await eventually("\(text) stands in a job's log") {
                    try await school.linboctl("jobs", "show", text).output.contains(
                        "pc40 is left alone: it runs Windows")
                }
                #expect(try await school.pull("start.conf.win11", as: 1).status == 0)
            }
            async let waking = school.linboctl("wake", "pc01", "pc40", "--wait", "10m", "--skip-in-use")
            try await came("1")
            let woken = try await waking
            #expect(
                woken.status == 0 && woken.output.contains("all 1 came, 1 in use were left alone")
                    && !woken.output.contains("pc40 did not"), "\(woken)")
            async let booting = school.linboctl(
                "remote", "pc01", "pc40", "label", "--onboot", "--wait", "10m", "--skip-in-use")
            // Whoever knocks all the time takes the places that its ssh has for those without a key yet.
            try await eventually("pc01 is started anew") { pc.done.contains("0 gui_ctl disable") && !pc.listens }
            try await came("2")
            let booted = try await booting
            #expect(booted.status == 0 && booted.output.contains("is started anew: pc01"), "\(booted)")
            #expect(windows.listens)
        }
    }

    @Test(
        "what does not go with --onboot is refused, and what does is named",
        arguments: [
            (["--at", "22:00"], "'sync:1,start:1' --wait 10m, with --at"), (["--every", "daily"], "--every do not go"),
            (["--skip-in-use"], "no PC is disturbed"), (["--append"], "do not go with --onboot"),
            (["--preview"], "do not go with --onboot"), (["--detach", "--wait", "5m"], "do not go with --onboot"),
        ])
    func notAtTheNextBoot(words: [String], message: String) async throws {
        let result = try await Command.run(
            Programs.linboctl, ["--config", "/none", "remote", "room:r101", "sync:1,start:1", "--onboot"] + words)
        #expect(result.status == 2 && result.errors.contains(message), "\(result)")
    }

    @Test("an order is given later, or again and again: checked when it is kept, and again when it is given")
    func scheduled() async throws {
        try await Self.open { school, _, start in
            let pc = try await start(1)
            let refused = try await school.linboctl("remote", "pc01", "format:1", "--every", "daily")
            #expect(refused.status == 1 && refused.errors.contains("say --yes"), "\(refused)")
            let kept = try await school.linboctl(
                "remote", "room:r101", "label", "--every", "Mo-Fr 07:10", "--skip-in-use")
            #expect(kept.status == 0 && kept.output.contains("remote room:r101 label"), "\(kept)")
            // What --onboot with --every is refused for.
            let woken = try await school.linboctl("remote", "pc02", "label", "--every", "daily", "--wait", "10m")
            #expect(woken.status == 0 && woken.output.contains("remote pc02 label"), "\(woken)")
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
            let soon = formatter.string(from: Date().addingTimeInterval(4))
            #expect(try await school.linboctl("remote", "pc01", "sync:1", "--at", soon).status == 0)
            try await eventually("it is done") { pc.done.last == "0 gui_ctl restore" }
            #expect(pc.done.contains("0 sync:1"))
            let jobs = try await school.linboctl("jobs", "--all", "--kind", "remote.pc").output
            #expect(jobs.contains("schedule 3 of"), "\(jobs)")
        }
    }

    private func eventuallyPulled(_ school: School, _ path: String, as host: Int) async throws -> String {
        let result = try await school.pull(path, as: host)
        #expect(result.status == 0, "\(result)")
        return try String(
            contentsOf: school.inbox("127.0.0.\(host + 1)").appending(
                path: String(path.split(separator: "/").last ?? "")),
            encoding: .utf8)
    }

    @Test("two hundred PCs at once, with each kind of bad one among them: all good ones are done, all bad ones named")
    func manyAtOnce() async throws {
        try await Self.open(hosts: 200) { school, pcs, start in
            let home = pcs.key.deletingLastPathComponent()
            let port = try await start(200).address.port
            let good = try await withThrowingTaskGroup(of: LinboPC.self) { group in
                for number in 8...199 { group.addTask { try await start(number) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            // The first key that is seen is the school's.
            let first = try await school.linboctl("remote", "pc08", "label")
            #expect(first.status == 0, "\(first)")
            func place(_ number: Int) -> SocketAddress { SocketAddress("127.0.0.\(number + 1)", port) }
            let other = home.appending(path: "other")
            try await LinboPCs.hostKey(at: other)
            let strange = try await pcs.start("pc01", at: place(1), hostKey: other)
            let stranger = home.appending(path: "stranger.pub")
            try "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS x\n"
                .write(to: stranger, atomically: true, encoding: .utf8)
            let deaf = try await pcs.start("pc02", at: place(2), authorized: stranger)
            let hanging = try await start(3)
            try hanging.set("sync", to: "sleep 1000")
            let loud = try await start(4)
            try loud.set("sync", to: "yes 0123456789012345678901234567890123456789")
            let leaving = try await start(5)
            try leaving.set("sync", to: "kill 1; sleep 1000")
            let reset = try Resetting(at: place(6))
            // pc07 is off.
            let targets = (1...199).map { $0 < 10 ? "pc0\($0)" : "pc\($0)" }.joined(separator: ",")
            let started = try await school.linboctl("remote", targets, "sync:1", "--detach", "--json")
            #expect(started.status == 0, "\(started)")
            let number = "2"
            var found: [String: PC] = [:]
            try await eventually("all but the hanging one are over") {
                found = try Self.pcs(try await school.linboctl("remote", "show", number, "--json"))
                return found.values.allSatisfy { $0.host == "pc03" || !["queued", "running"].contains($0.job.state) }
            }
            #expect(try await school.linboctl("remote", "cancel", number).status == 0)
            found = try Self.pcs(try await school.linboctl("remote", "show", number, "--wait", "--json"))
            #expect(found.values.filter { $0.job.state == "done" }.count == 192)
            for (host, words) in [
                "pc01": "nobody trusts", "pc02": "does not accept the server's key", "pc04": "more than",
                "pc05": "was lost while sync:1 ran", "pc06": "broke", "pc07": "nobody listens",
            ] {
                #expect(found[host]?.job.note?.contains(words) == true, "\(host): \(found[host]?.job.note ?? "-")")
            }
            #expect(found["pc03"]?.job.state == "cancelled" && found["pc05"]?.job.state == "uncertain")
            for pc in good { #expect(pc.done.suffix(2) == ["0 sync:1", "0 gui_ctl restore"]) }
            #expect(loud.done.last == "0 gui_ctl restore" && hanging.done.last == "0 gui_ctl restore")
            #expect(strange.done.isEmpty && deaf.done.isEmpty)
            reset.stop()
        }
    }

    @Test("the password for uploads is in no argument, no log, no job, and not on the PC afterwards")
    func password() async throws {
        try await Self.open { school, _, start in
            let pc = try await start(1)
            try pc.set("upload_image", to: "cat /tmp/rsyncd.secrets; ps")
            let result = try await school.linboctl("remote", "pc01", "upload_image:1", "--yes")
            #expect(result.status == 0 && result.output.contains("linbo:*****"), "\(result)")
            #expect(!result.output.contains(School.secret) && !pc.exists("tmp/rsyncd.secrets"))
            #expect(try !school.read("hookd.log").contains(School.secret))
            let database = try Data(contentsOf: school.directory.appending(path: "state/linbo-hookd.sqlite-wal"))
            #expect(database.range(of: Data(School.secret.utf8)) == nil)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ body: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await body(element)) }
        return values
    }
}
