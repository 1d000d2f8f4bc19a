import Foundation
import Glibc
import Supervision
import Testing

/// Programs that the daemon keeps running.
@Suite struct ServiceTests {
    private static var options: School.Options {
        var options = School.Options()
        options.extra = """
            services:
              - name: good
                run: [/bin/sh, -c, "echo I am $$; trap 'echo bye; exit 0' TERM; sleep 3600 & wait"]
              - name: crashing
                run: [/bin/sh, -c, "echo oh; exit 7"]
              - {name: absent, run: [/nowhere/program]}
              - name: looking
                run: [/bin/sh, -c, "ls -l /proc/$$/fd; echo all; sleep 3600"]
            """
        return options
    }

    private static func report(_ school: School, _ name: String) async throws -> ServiceReport? {
        let result = try await school.linboctl("services", "--json")
        return try JSONDecoder().decode([ServiceReport].self, from: Data(result.output.utf8)).first { $0.name == name }
    }

    @Test("what runs is shown with what it writes; what crashes is started again, ever later, and told")
    func crashes() async throws {
        try await School.open(Self.options) { school async throws in
            try await eventually("the good one runs") {
                let log = try await school.linboctl("services", "log", "good").output
                return try await Self.report(school, "good")?.state == .running && log.contains("I am ")
            }
            try await eventually("the others have ended more than once") {
                guard let crashing = try await Self.report(school, "crashing"),
                    let absent = try await Self.report(school, "absent")
                else { return false }
                return crashing.ends >= 2 && absent.ends >= 2
            }
            let crashing = try await Self.report(school, "crashing")
            #expect(crashing?.lastEnd == "it ended with status 7")
            #expect(
                try school.read("hookd.log").contains(
                    "service crashing: it ended with status 7; it is started again in 2 s"))
            let log = try await school.linboctl("services", "log", "absent")
            #expect(log.output.contains("/nowhere/program"), "\(log)")
            let events = try await school.linboctl("events", "--once", "--json")
            #expect(events.output.contains("\"service.failed\"") && events.output.contains("\"crashing\""), "\(events)")
            let open = try await school.linboctl("services", "log", "looking")
            #expect(open.output.contains("all") && !open.output.contains("socket:"), "\(open)")
            let before = try await Self.report(school, "good")?.process
            #expect(try await school.linboctl("services", "restart", "good").status == 0)
            try await eventually("it is another process") {
                let now = try await Self.report(school, "good")
                return now?.state == .running && now?.process != before && now?.ends == 0
            }
            #expect(try await school.linboctl("services", "log", "good").output.contains("bye"))
            #expect(try await school.linboctl("services", "restart", "goood").errors.contains("no service 'goood'"))
        }
    }

    @Test("none outlives the daemon: one that is told to end ends them, and so does kill -9; a reload takes one out")
    func ends() async throws {
        try await School.open(Self.options) { school async throws in
            func running() async throws -> Int32 {
                try await eventually("it runs") { try await Self.report(school, "good")?.process != nil }
                return try #require(try await Self.report(school, "good")?.process)
            }
            func isGone(_ process: Int32) async throws {
                try await eventually("process \(process) and what it started are gone") {
                    kill(-process, 0) != 0 && errno == ESRCH
                }
            }
            let first = try await running()
            try await school.stopDaemon()
            try await isGone(first)
            let daemon = try await school.startDaemon()
            let second = try await running()
            daemon.signal(SIGKILL)
            try await eventually("it is gone") { kill(second, 0) != 0 }
            try await school.startDaemon()
            let third = try await running()
            let text = try school.read("linbo-hookd.yaml").replacing("name: good", with: "name: other")
            try school.write(text, to: "linbo-hookd.yaml")
            #expect(try await school.linboctl("reload").status == 0)
            try await isGone(third)
            try await eventually("the other one runs") { try await Self.report(school, "other")?.process != nil }
        }
    }

    @Test(
        "what is wrong in services: is told with its place",
        arguments: [
            ("- {run: [/bin/true]}", "a service without a name"), ("- {name: x}", "service x has no program"),
            ("- {name: x, run: [touch]}", "no absolute path"), ("- {name: x y, run: [/bin/true]}", "without a name"),
        ])
    func wrong(_ item: String, _ words: String) async throws {
        try await School.open { school async throws in
            try school.write(try school.read("linbo-hookd.yaml") + "services:\n  \(item)\n", to: "linbo-hookd.yaml")
            let check = try await school.linboctl("check")
            #expect(check.status == 1 && check.output.contains(words), "\(check)")
        }
    }
}
