import Foundation
import GRDB
import HookStore
import HookTesting
import Jobs
import Remote
import Synchronization
import Testing

/// Orders on PCs with LINBO's real ssh server.
@Suite struct RemotePCTests {
    @Test(
        "defect R7: commands are done in order while the screen is disabled, and it is given back; its automatic tasks rest"
    )
    func inOrder() async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.1")
            try pc.write("[LINBO]\nAutoPartition = yes\nautoformat=yes\nCache = /dev/sda4\n", to: "start.conf")
            try pc.set("sync", to: "grep -c 'GuiDisabled = yes' /start.conf; echo -n rest; exit 0")
            let job = try lab.job("x")
            let result = try await lab.perform(job, "sync:1,postsync:1", on: "127.0.3.1")
            #expect(result.note == "sync:1,postsync:1")
            #expect(pc.done == ["0 gui_ctl disable", "0 sync:1", "0 postsync:1", "0 gui_ctl restore"])
            #expect(try lab.steps(of: job) == ["sync:1 done 0", "postsync:1 done 0"])
            #expect(lab.log.suffix(6) == ["### sync:1", "### sync:1", "1", "rest", "### postsync:1", "### postsync:1"])
            #expect(pc.text("start.conf") == "[LINBO]\nAutoPartition = no\nautoformat= no\nCache = /dev/sda4\n")
            #expect(!pc.exists("start.conf.bak") && !pc.exists("tmp/linbo-hookd"))
            #expect(lab.log.first?.contains("trusted from now on") == true)
        }
    }

    @Test("defect R11: the first that fails is the last; the screen is given back, what is behind it stays undone")
    func firstFailure() async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.2")
            try pc.set("sync", to: "echo no space; exit 1")
            let job = try lab.job("x")
            let error = await lab.failure { try await lab.perform(job, "format:1,sync:1,start:1", on: "127.0.3.2") }
            #expect(error == "sync:1 failed with status 1")
            #expect(pc.done == ["0 gui_ctl disable", "0 format:1", "1 sync:1", "0 gui_ctl restore"])
            #expect(try lab.steps(of: job) == ["format:1 done 0", "sync:1 failed 1", "start:1 waiting"])
            #expect(lab.log.contains("no space"))
        }
    }

    @Test("a comment reaches LINBO as one word, with nothing added, whatever is in it")
    func comment() async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.3")
            try await lab.perform(try lab.job("x"), #"create_image:1:"it's new; rm -rf /""#, on: "127.0.3.3")
            #expect(pc.done[1] == "0 create_image:1:it's new; rm -rf /")
        }
    }

    @Test(
        "defect R3: the password for uploads lies there while they run, for root alone, and is gone after a failure, too"
    )
    func password() async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.4")
            try pc.set("upload_image", to: "ls -l /tmp/rsyncd.secrets; cat /tmp/rsyncd.secrets; exit 1")
            _ = await lab.failure { try await lab.perform(try lab.job("x"), "upload_image:1", on: "127.0.3.4") }
            #expect(lab.log.contains { $0.hasPrefix("-rw-------") })
            #expect(lab.log.contains("linbo:*****"))
            #expect(!lab.log.contains { $0.contains("Muster") })
            #expect(!pc.exists("tmp/rsyncd.secrets"))
        }
    }

    @Test(
        "a command outlives a connection that breaks: it is waited for, runs once, and what came of it counts",
        arguments: [0, 7])
    func brokenConnection(status: Int) async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.5")
            try pc.set("sync", to: Self.cut + "while [ ! -e /tmp/go ]; do sleep 1; done; echo after; exit \(status)")
            let job = try lab.job("x")
            async let ended = lab.failure { try await lab.perform(job, "sync:1,postsync:1", on: "127.0.3.5") }
            try await eventually("it knows that the connection broke") {
                lab.log.contains { $0.contains("goes on, and is waited for") }
            }
            try pc.write("", to: "tmp/go")
            #expect(await ended == (status == 0 ? "none" : "sync:1 failed with status 1"))
            #expect(pc.done.count { $0.hasSuffix("sync:1") } == (status == 0 ? 2 : 1))
            #expect(pc.done.last == "0 gui_ctl restore")
        }
    }

    /// Ends all connections.
    private static let cut = """
        for file in $(grep -ls dropbear /proc/[0-9]*/comm); do
          pid=${file#/proc/}; pid=${pid%/comm}
          [ $pid = 1 ] || kill -9 $pid
        done

        """

    @Test("a daemon that dies leaves a command running, and the next one goes on with it; nothing runs twice")
    func anotherDaemon() async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.6")
            try pc.set("sync", to: "echo begun >/tmp/begun; while [ ! -e /tmp/go ]; do echo x; sleep 1; done")
            let job = try lab.job("x")
            let first = try await lab.begin(job, "label,sync:1,postsync:1", on: pc)
            first.cancel()
            await #expect(throws: (any Error).self) { _ = try await first.value }
            #expect(pc.done == ["0 gui_ctl disable", "0 label"])
            #expect(try lab.journal.traces(of: job.id).isDisabled)
            async let second = lab.perform(job, "label,sync:1,postsync:1", on: "127.0.3.6", attempts: 2)
            try pc.write("", to: "tmp/go")
            _ = try await second
            #expect(
                pc.done == ["0 gui_ctl disable", "0 label", "0 sync:1", "0 postsync:1", "0 gui_ctl restore"])
        }
    }

    @Test(
        "a PC that was started anew meanwhile has nobody say what became of the command: it is uncertain, and not done again"
    )
    func startedAnew() async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.7")
            try pc.set("sync", to: "echo begun >/tmp/begun; sleep 1000")
            let job = try lab.job("x")
            let first = try await lab.begin(job, "sync:1,postsync:1", on: pc)
            first.cancel()
            _ = try? await first.value
            try FileManager.default.removeItem(at: pc.directory.appending(path: "tmp/linbo-hookd"))
            let again = Task { try await lab.perform(job, "sync:1,postsync:1", on: "127.0.3.7", attempts: 2) }
            await #expect(throws: JobUncertain.self) { try await again.value }
            #expect(try lab.steps(of: job) == ["sync:1 uncertain", "postsync:1 waiting"])
            #expect(pc.done == ["0 gui_ctl disable", "0 gui_ctl restore"])
        }
    }

    @Test("one that is to stop stops on the PC, too, and the screen is given back")
    func cancelled() async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.8")
            try pc.set("sync", to: "trap '' TERM; echo begun >/tmp/begun; sleep 1000; echo on >/tmp/on")
            let job = try lab.job("x")
            let task = try await lab.begin(job, "sync:1,postsync:1", on: pc)
            lab.isToStop.withLock { $0 = true }
            task.cancel()
            await #expect(throws: (any Error).self) { _ = try await task.value }
            #expect(lab.log.last == "sync:1 was stopped")
            #expect(!pc.exists("tmp/on"))
            let left = pc.processes.filter { $0.contains("sleep") }
            #expect(left.isEmpty)
            #expect(pc.done.last == "0 gui_ctl restore")
            #expect(try lab.steps(of: job) == ["sync:1 failed", "postsync:1 waiting"])
        }
    }

    @Test(
        "a command that takes too long, or writes without end, is stopped",
        arguments: [("sleep 1000", "longer than 3s"), ("yes 0123456789012345678901234567890123456789", "more than")])
    func tooMuch(script: String, words: String) async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.9")
            try pc.set("sync", to: script)
            let job = try lab.job("x")
            let error = await lab.failure {
                try await lab.perform(job, "sync:1", on: "127.0.3.9") {
                    $0.limits["sync"] = script.hasPrefix("yes") ? .seconds(3600) : .seconds(3)
                }
            }
            #expect(error.contains(words) && error.contains("was stopped"))
            #expect(!pc.processes.contains { $0.contains("yes") || $0.contains("sleep") })
            #expect(pc.done.last == "0 gui_ctl restore")
        }
    }

    @Test("a reboot is done when the PC has left and was heard of; nothing is given back, as nothing is left")
    func reboot() async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.10")
            try pc.set("reboot", to: "kill 1; sleep 1000")
            let job = try lab.job("x")
            async let ended = lab.failure { try await lab.perform(job, "sync:1,reboot", on: "127.0.3.10") }
            try await eventually("it has left") { lab.log.contains("it has left LINBO") }
            lab.seen.withLock { $0 = Int64.max }
            #expect(await ended == "none")
            #expect(pc.done == ["0 gui_ctl disable", "0 sync:1"])
            #expect(try lab.steps(of: job) == ["sync:1 done 0", "reboot done 0"])
            #expect(try !lab.journal.traces(of: job.id).isDisabled)
        }
    }

    @Test("one that goes and is not heard of again, or does not go, failed, and says which")
    func gone() async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.11")
            var error = await lab.failure {
                try await lab.perform(try lab.job("x"), "halt", on: "127.0.3.11") { $0.limits["halt"] = .seconds(2) }
            }
            #expect(error == "it was told halt, and LINBO runs still after 2s")
            #expect(pc.done.last == "0 gui_ctl restore")
            try pc.set("start", to: "kill 1; sleep 1000")
            error = await lab.failure {
                try await lab.perform(try lab.job("x"), "start:1", on: "127.0.3.11") { $0.seen = .seconds(2) }
            }
            #expect(error == "it left LINBO by start:1, and nothing was heard of it for 2s")
        }
    }

    @Test("a PC that does not answer is told from one that runs a system, and is woken if somebody waits for it")
    func notThere() async throws {
        try await RemoteLab.open { lab in
            let address = "127.0.3.12"
            var error = await lab.failure { try await lab.perform(try lab.job("x"), "sync:1", on: address) }
            #expect(error.contains("nobody listens at its ssh port"))
            lab.answering.withLock { $0 = [445] }
            error = await lab.failure { try await lab.perform(try lab.job("x"), "sync:1", on: address) }
            #expect(error == "it runs Windows: its port 445 answers")
            async let ended = lab.perform(try lab.job("x"), "sync:1", on: address, wait: .seconds(600))
            try await eventually("it is told to wake") { lab.wakes.withLock { $0 } == 1 }
            let pc = try await lab.start(address)
            _ = try await ended
            #expect(pc.done.contains("0 sync:1") && lab.wakes.withLock { $0 } == 1)
        }
    }

    @Test("a PC that resets the first connections gets its order all the same, one that resets each is named")
    func resets() async throws {
        try await RemoteLab.open { lab in
            let place = SocketAddress("127.0.3.16", lab.port)
            let first = try Resetting(at: place, times: 2)
            async let ended = lab.failure {
                try await lab.perform(try lab.job("x"), "label", on: place.host, wait: .seconds(600))
            }
            try await eventually("it was reset") { first.isOver }
            let pc = try await lab.start(place.host)
            #expect(await ended == "none" && pc.done.contains("0 label"))
            let always = SocketAddress("127.0.3.17", lab.port)
            let other = try Resetting(at: always)
            let error = await lab.failure { try await lab.perform(try lab.job("x"), "label", on: always.host) }
            #expect(error.contains("the connection broke") && !other.isOver)
            other.stop()
        }
    }

    @Test("an installed system that has LINBO's keys is left alone")
    func otherSystem() async throws {
        try await RemoteLab.open { lab in
            let pc = try await lab.start("127.0.3.13")
            try FileManager.default.removeItem(at: pc.directory.appending(path: "start.conf"))
            let error = await lab.failure { try await lab.perform(try lab.job("x"), "sync:1", on: "127.0.3.13") }
            #expect(error.contains("not LINBO") && pc.done.isEmpty)
        }
    }

    @Test("another host key than the first is not spoken to, until an admin says so; the PC that shows it is named")
    func hostKeys() async throws {
        try await RemoteLab.open { lab in
            let first = try await lab.start("127.0.3.14")
            try await lab.perform(try lab.job("x"), "label", on: "127.0.3.14")
            first.off()
            let other = lab.directory.appending(path: "other")
            let fingerprint = try await LinboPCs.hostKey(at: other)
            let pc = try await lab.start("127.0.3.15", hostKey: other)
            let error = await lab.failure { try await lab.perform(try lab.job("x"), "label", on: "127.0.3.15") }
            #expect(error.contains(fingerprint) && error.contains("linboctl remote trust") && pc.done.isEmpty)
            let known = try lab.keys.all()
            #expect(known.map(\.isTrusted) == [true, false] && known.last?.fingerprint == fingerprint)
            try await lab.store.database.write {
                _ = try HostKeys.set(fingerprint, isTrusted: true, by: "anna", $0)
            }
            try await lab.perform(try lab.job("x"), "label", on: "127.0.3.15")
            #expect(pc.done.contains("0 label"))
        }
    }
}

extension LinboPC {
    /// The command lines of what runs on it.
    var processes: [String] {
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return numbers.filter { number in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(number)/root")) == directory.path
        }.map { (try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8)) ?? "" }
    }
}
