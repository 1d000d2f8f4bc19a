import Foundation
import Testing

/// A machine that has not what the settings want.
@Suite struct TFTPMeansTests {
    private func open(_ limit: Int, _ body: (School, Server) async throws -> Void) async throws {
        var options = School.Options.withTFTP("threads: 8")
        options.startsDaemon = false
        try await School.open(options) { school in
            let daemon = try await school.start(
                "/usr/bin/prlimit", ["--nofile=\(limit)", Programs.hookd, "serve", "--config", school.config.path])
            try await body(school, daemon)
        }
    }

    @Test("engines that can't start are told of, and their clients are served by the others")
    func engines() async throws {
        try await open(256) { school, daemon in
            let status = try await school.linboctl("status")
            #expect(status.output.contains("of 8 engines run"), "\(status)")
            #expect(daemon.logged.contains("LimitNOFILE"))
            // The kernel would spread them over all sockets of the port.
            for number in 0..<50 {
                let fetched = try await school.rawClient(1 + number % 3).fetch("start.conf.win11")
                #expect(!fetched.isEmpty)
            }
            try await daemon.stop()
        }
    }

    @Test("N27: a daemon without a single engine says so and ends")
    func none() async throws {
        await #expect(throws: NeverCame.self) { try await open(60) { _, _ in } }
        var options = School.Options.withTFTP()
        options.startsDaemon = false
        try await School.open(options) { school in
            let result = try await Command.run(
                "/usr/bin/prlimit", ["--nofile=60", Programs.hookd, "serve", "--config", school.config.path])
            #expect(result.status != 0)
            #expect("\(result)".contains("tftp.listen"), "\(result)")
        }
    }
}
