import Foundation
import Glibc
import HookStore
import Jobs
import LinboModel
import Testing

/// Work that takes its time, as an admin sees it: the GRUB images of a room, by a grub-mkimage that is slow.
@Suite struct JobTests {
    private static func open(_ body: (School) async throws -> Void) async throws {
        let settings = "grub-mkimage: {directory}/slow-mkimage\njobs: 1"
        try await School.open(GrubFileTests.options(settings)) { school in
            // Each group has an image of its own.
            try school.setHosts((1...6).map { School.row($0).replacing(";win11;", with: ";g\($0);") })
            for number in 1...6 {
                let conf = GrubFileTests.startConf.replacing("quiet", with: "quiet group=\(number)")
                try school.write(conf, to: "srv/start.conf.g\(number)")
            }
            unlink(school.tree.path + "/boot/grub/hostcfg/pc01.cfg")
            try school.link("slow-mkimage", to: Programs.tool("slow-mkimage"))
            try await body(school)
        }
    }

    private static func job(_ school: School, _ id: Int64) async throws -> Job {
        let result = try await school.linboctl("jobs", "show", "\(id)", "--json")
        return try JSONDecoder().decode(GetJob.Answer.self, from: Data(result.output.utf8)).job
    }

    /// - Returns: its number.
    private static func build(_ school: School) async throws -> Int64 {
        let result = try await Command.run(
            "/usr/bin/curl",
            ["-sS", "--unix-socket", school.directory.path + "/api.sock", "-d", "{}", "http://x/v1/grub-img/build"])
        return try JSONDecoder().decode(Job.self, from: Data(result.output.utf8)).id
    }

    @Test("a job that runs outlives kill -9 of the daemon, and is done by the next one") func restarts() async throws {
        try await Self.open { school async throws in
            let id = try await Self.build(school)
            try await eventually("it runs") { try await Self.job(school, id).state == .running }
            #expect(try await Self.build(school) != id, "one that runs is not the same wish any more")
            for server in school.servers.all() { server.signal(SIGKILL) }
            try await school.startDaemon()
            let waited = try await school.linboctl("jobs", "wait", "\(id)", "--limit", "2m")
            #expect(waited.status == 0 && waited.output.contains("done"), "\(waited)")
            let job = try await Self.job(school, id)
            #expect(job.attempts == 2 && job.percent == 100 && job.actor == "root", "\(job)")
            #expect(try await school.linboctl("events", "--once", "--json").output.contains("\"job.state\""))
        }
    }

    @Test("one that runs is stopped, one that is over is done again; each by whom stands in the audit log")
    func cancels() async throws {
        try await Self.open { school async throws in
            let id = try await Self.build(school)
            try await eventually("it runs") { try await Self.job(school, id).state == .running }
            #expect(try await school.linboctl("jobs", "cancel", "\(id)").status == 0)
            try await eventually("it has stopped") { try await Self.job(school, id).state == .cancelled }
            let twice = try await school.linboctl("jobs", "cancel", "\(id)")
            #expect(
                twice.status == 1 && twice.errors.contains("job \(id) is cancelled: it is over already"), "\(twice)")
            #expect(try await school.linboctl("jobs", "retry", "\(id)").output.contains("queued"))
            #expect(try await school.linboctl("jobs", "wait", "\(id)").status == 0)
            #expect(try await school.linboctl("jobs").output.contains("grub-img.build") == false)
            #expect(try await school.linboctl("jobs", "list", "--all").output.contains("grub-img.build"))
            let acts = try await school.acts().map(\.decision.rawValue)
            #expect(acts == ["grub-img build", "jobs cancel", "jobs retry"], "\(acts)")
            #expect(try await school.linboctl("jobs", "show", "999").errors.contains("there is no job 999"))
        }
    }
}
