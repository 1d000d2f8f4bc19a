import Glibc
import HookTesting
import LinuxKit
import Logging
import Synchronization
import Testing

@testable import Supervision

/// Programs that end, hang, flood, and leave children behind.
@Suite struct SupervisorTests {
    private final class Told: Sendable { let ends = Mutex<[String]>([]) }

    private let told: Told
    private let log = LogLines()
    private let supervisor: Supervisor

    init() {
        let (told, log) = (Told(), log)
        self.told = told
        supervisor = Supervisor(logger: Logger(label: "test") { _ in log }) { service, how in
            told.ends.withLock { $0.append("\(service): \(how)") }
        }
    }

    private func shell(_ name: String, _ script: String) -> ServiceSpec {
        ServiceSpec(name, ["/bin/sh", "-c", script])
    }

    /// Runs services while `body` looks at them; all of them have ended when this returns.
    private func supervised(_ services: [ServiceSpec], _ body: () async throws -> Void) async throws {
        supervisor.want(services)
        let running = Task { [supervisor] in await supervisor.run() }
        do {
            try await body()
        } catch {
            running.cancel()
            await running.value
            throw error
        }
        running.cancel()
        await running.value
    }

    private func report(_ name: String) -> ServiceReport? { supervisor.reports.first { $0.name == name } }

    private func lines(_ name: String) -> [String] { supervisor.log(of: name)?.map(\.text) ?? [] }

    /// Numbers that a service has written, one a line.
    private func processes(_ name: String, _ count: Int) async throws -> [Int32] {
        try await eventually("\(count) processes of \(name)") { lines(name).count == count }
        return lines(name).compactMap { Int32($0) }
    }

    private func isGone(_ process: Int32) -> Bool { ProcessStart.ticks(of: process) == nil }

    @Test("each end is told once, with its cause; a start that somebody wants takes the pause away, and its growth")
    func ends() async throws {
        try await supervised([shell("one", "exit 3"), shell("two", "kill -SEGV $$")]) {
            try await eventually("two ends") { ["one", "two"].allSatisfy { (report($0)?.ends ?? 0) >= 2 } }
            let before = report("one")?.ends ?? 0
            #expect(supervisor.restart("one") && !supervisor.restart("onee"))
            try await eventually("one more, and it waits") {
                guard let now = report("one") else { return false }
                return now.ends > before && now.state == .waiting && now.process == nil
            }
            #expect(report("two")?.lastEnd == "signal 11 ended it")
        }
        let how = "one: it ended with status 3"
        #expect(told.ends.withLock { $0 }.filter { $0.hasPrefix("one") }.prefix(3) == [how, how, how])
        let pauses = log.all.filter { $0.contains("service \(how)") }.compactMap {
            $0.split(separator: " ").dropLast().last
        }
        #expect(pauses.first == "1" && pauses.dropFirst().first == "2", "\(log.all)")
        #expect(pauses.dropFirst(2).contains("1"), "\(log.all)")
        #expect(supervisor.reports.isEmpty && supervisor.log(of: "one") == nil)
    }

    @Test("it has its own environment and nothing of the daemon's; its words are no shell's")
    func environment() async throws {
        let specs = [
            ServiceSpec("env", ["/usr/bin/env"], environment: ["A": "b c", "B": "$A"]),
            ServiceSpec("echo", ["/bin/echo", "$HOME;", "`id`", "", "*"]),
        ]
        try await supervised(specs) {
            try await eventually("both ended") { ["env", "echo"].allSatisfy { (report($0)?.ends ?? 0) >= 1 } }
            // They may have run more than once by now.
            #expect(Set(lines("env")) == ["A=b c", "B=$A"] && Set(lines("echo")) == ["$HOME; `id`  *"])
        }
    }

    @Test("what it started goes with it, also if it ends by itself")
    func children() async throws {
        let script = "sleep 3600 & echo $!; sleep 3600 & echo $!; wait"
        try await supervised([shell("one", script)]) {
            let children = try await processes("one", 2)
            let leader = try #require(report("one")?.process)
            #expect(!children.contains(where: isGone))
            kill(leader, SIGKILL)
            try await eventually("all are gone") { children.allSatisfy(isGone) && isGone(leader) }
        }
    }

    @Test("one whose words are others ends before the new one begins, and that is no end by itself")
    func exchanged() async throws {
        let trap = "trap 'echo bye; exit 1' TERM; echo old; while :; do sleep 0.01; done"
        try await supervised([shell("one", trap), shell("two", "sleep 3600")]) {
            try await eventually("the old one runs") { lines("one") == ["old"] }
            supervisor.want([shell("one", "echo new; sleep 3600")])
            try await eventually("the new one runs") { lines("one").last == "new" }
            // The shell may tell of the sleep that ended with it.
            #expect(lines("one").filter { $0 != "Terminated" } == ["old", "bye", "new"])
            #expect(report("one")?.ends == 0 && report("one")?.state == .running)
            try await eventually("the other one is taken out") { report("two") == nil }
            #expect(supervisor.log(of: "two") == nil && !supervisor.restart("two"))
        }
        #expect(told.ends.withLock { $0 }.isEmpty)
    }

    @Test("one that writes without end holds up no other, and goes when it shall")
    func flood() async throws {
        let flood = ServiceSpec("flood", ["/usr/bin/yes", String(repeating: "x", count: 5000)])
        try await supervised([flood, shell("other", "exit 1")]) {
            try await eventually("its last lines, and the other one's end") {
                lines("flood").count == 2000 && report("other").map { $0.ends > 0 } == true
            }
            #expect(lines("flood").allSatisfy { $0.count == 1000 })
            supervisor.want([])
            try await eventually("it is gone") { supervisor.reports.isEmpty }
        }
    }

    @Test("one whose work is done waits until somebody wants it again; one that failed is started again by itself")
    func done() async throws {
        let work = ServiceSpec("work", ["/bin/sh", "-c", "echo $$"], restart: .onFailure)
        let failing = ServiceSpec("failing", ["/bin/false"], restart: .onFailure)
        try await supervised([work, failing]) {
            try await eventually("its work is done") { report("work")?.state == .done }
            try await eventually("the other one is tried again") { (report("failing")?.ends ?? 0) >= 2 }
            #expect(report("work")?.process == nil && lines("work").count == 1 && report("work")?.ends == 0)
            #expect(report("work")?.lastEnd == "it ended with status 0")
            #expect(supervisor.restart("work"))
            try await eventually("it has run twice") { lines("work").count == 2 && report("work")?.state == .done }
            supervisor.want([])
            try await eventually("nobody wants it") { supervisor.reports.isEmpty }
        }
        #expect(told.ends.withLock { $0 }.allSatisfy { $0 == "failing: it ended with status 1" })
    }

    @Test("it reads its file as of its start, from the beginning, and can't write to it")
    func input() async throws {
        let file = "/tmp/linbo-supervision-\(UInt64.random(in: 0...(.max)))"
        defer { unlink(file) }
        func write(_ text: String) throws { try AtomicFile.replace(file, with: Array(text.utf8), mode: 0o600) }
        try write("one\n")
        let script = "cat; echo x 2>&1 >&0"
        let reader = ServiceSpec(
            "reader", ["/bin/sh", "-c", script], input: file, user: "nobody", restart: .onFailure)
        try await supervised([reader]) {
            // The shell's write fails, and so does the shell.
            try await eventually("it has read") { (report("reader")?.ends ?? 0) >= 1 }
            #expect(lines("reader").first == "one")
            try write("two\n")
            _ = supervisor.restart("reader")
            try await eventually("it has read the new one") { lines("reader").contains("two") }
        }
        #expect(try FileBytes.read(followingLinks: file, limit: 100) == Array("two\n".utf8))
    }

    @Test("it has the rights of its user alone", .enabled(if: geteuid() == 0, "as root"))
    func user() async throws {
        let id = ServiceSpec("id", ["/usr/bin/id"], user: "nobody", restart: .onFailure)
        let nobody = ServiceSpec("none", ["/usr/bin/id"], user: "no-such-user", restart: .onFailure)
        try await supervised([id, nobody]) {
            try await eventually("it has told") { report("id")?.state == .done }
            #expect(lines("id") == ["uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)"])
            try await eventually("there is no such user") { report("none")?.lastEnd?.contains("no-such-user") == true }
            #expect(lines("none").isEmpty)
        }
    }

    @Test("one that closes its output runs on, and its end is seen")
    func silent() async throws {
        try await supervised([shell("one", "echo $$; exec >/dev/null 2>&1; sleep 3600 & wait")]) {
            let leader = try #require(try await processes("one", 1).first)
            #expect(report("one")?.state == .running && report("one")?.process == leader)
            kill(leader, SIGTERM)
            try await eventually("its end") { report("one")?.lastEnd == "signal 15 ended it" }
        }
    }

    @Test("the end of the daemon waits for all of them, and kills what does not listen")
    func deaf() async throws {
        var processes: [Int32] = []
        try await supervised([shell("deaf", "trap '' TERM; echo $$; sleep 3600 & echo $!; wait; wait; sleep 3600")]) {
            processes = try await self.processes("deaf", 2)
        }
        #expect(processes.count == 2)
        // What a service started is killed with it, and is nobody's to wait for.
        try await eventually("both are gone") { processes.allSatisfy(isGone) }
        #expect(supervisor.reports.isEmpty && told.ends.withLock { $0 }.isEmpty)
    }
}
