import Foundation
import Glibc
import Testing

/// A room that boots while the daemon is stopped.
@Suite struct OnceTests {
    private static let places = 2 * max(1, min(64, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    private static func withoutDaemon() -> School.Options {
        var options = School.Options()
        options.startsDaemon = false
        return options
    }

    /// `linbo-hookd once` that run right now.
    private static func running(_ school: School) -> Int {
        School.processes(mentioning: "linbo-hookd\0once\0").count { process in
            let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") ?? Data()
            return String(decoding: line, as: UTF8.self).contains(school.directory.path)
        }
    }

    @Test("N25: some PCs at once without a daemon: a few `once` at a time, and nobody fails")
    func aRoom() async throws {
        try await School.open(Self.withoutDaemon()) { school async throws in
            // The first one makes the directories.
            #expect(try await school.pull("start.conf.win11", as: 11).status == 0)
            try await eventually("its end is told") { school.views.isEmpty && Self.running(school) == 0 }
            // So few that none waits for a minute on a busy machine: that one would go on without a place.
            let clients = try (1...10).map {
                try school.startPull(["start.conf.win11", "images/win11/win11.reg"], as: $0)
            }
            var most = 0
            try await eventually("all are served") {
                most = max(most, Self.running(school))
                return clients.allSatisfy(\.hasEnded)
            }
            #expect(clients.allSatisfy { $0.status == 0 })
            for host in 1...10 { #expect(try school.received("win11.reg", by: host).contains(School.key(host))) }
            #expect((1...Self.places).contains(most), "\(most)")
            try await eventually("no view stays") { school.views.isEmpty }
        }
    }

    /// Locks each place as a process does that has it.
    private static func holdAll(_ school: School) async throws -> [Int32] {
        let directory = school.tree.path + "/.linbo-hookd/once"
        let held = (0..<places).map { open("\(directory)/\($0)", O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
        for place in held {
            // A process that ends gives up its name before its files.
            try await eventually("a place is free") { flock(place, LOCK_EX | LOCK_NB) == 0 }
        }
        return held
    }

    @Test("N25: whoever waits for too long is told to try again, and never begins without a place")
    func tooLong() async throws {
        try await School.open(Self.withoutDaemon()) { school async throws in
            #expect(try await school.pull("start.conf.win11", as: 1).status == 0)
            try await eventually("its end is told") { school.views.isEmpty && Self.running(school) == 0 }
            let held = try await Self.holdAll(school)
            let views = school.tree.path + "/.linbo-hookd/views"
            let hook = try await Command.run(
                Programs.hook, ["--socket", "/nowhere", "--config", school.config.path, "--wait", "5", "pre"],
                environment: [
                    "RSYNC_MODULE_NAME": "linbo", "RSYNC_MODULE_PATH": "\(views)/127.0.0.3",
                    "RSYNC_HOST_ADDR": "127.0.0.3", "RSYNC_PID": "\(getpid())",
                ])
            for place in held { close(place) }
            #expect(hook.status == 1 && hook.output.contains("too many wait: try again"), "\(hook)")
            #expect(try await school.pull("start.conf.win11", as: 3).status == 0)
        }
    }

    @Test("N25: a hook waits for a place, and takes it as soon as it is free")
    func waiting() async throws {
        try await School.open(Self.withoutDaemon()) { school async throws in
            // The first one makes the directories.
            #expect(try await school.pull("start.conf.win11", as: 1).status == 0)
            try await eventually("its end is told") { school.views.isEmpty && Self.running(school) == 0 }
            let held = try await Self.holdAll(school)
            let client = try school.startPull(["start.conf.win11"], as: 2)
            try await eventually("its hook waits") {
                !School.processes(mentioning: school.directory.path + "/hook.sock\0").isEmpty
            }
            #expect(Self.running(school) == 0 && !client.hasEnded)
            for place in held { close(place) }
            try await eventually("the client ends") { client.hasEnded }
            #expect(client.status == 0)
        }
    }
}
