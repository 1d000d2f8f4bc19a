import Foundation
import LinboModel
import Testing

/// The daemon's endpoint for Prometheus.
@Suite struct MetricsTests {
    private static func ask(_ school: School) async throws -> CommandResult {
        try await Command.run(
            "/usr/bin/env", ["curl", "-s", "--max-time", "60", "http://127.0.0.1:\(school.tftpPort)/metrics"])
    }

    @Test("N24: no descriptor is left: the endpoint waits, says so, and goes on")
    func withoutDescriptors() async throws {
        var options = School.Options()
        options.extra = "metrics:\n  listen: \"127.0.0.1:{tftp}\""
        options.startsDaemon = false
        try await School.open(options) { school async throws in
            let daemon = try await school.startDaemon()
            try await eventually("it listens") { daemon.logged.contains("metrics on http") }
            #expect(try await Self.ask(school).output.contains("linbo_hosts 40.0\n"))
            func limit(_ count: Int) async throws {
                let result = try await Command.run(
                    "/usr/bin/prlimit", ["--pid", "\(daemon.process)", "--nofile=\(count):"])
                #expect(result.status == 0, "\(result)")
            }
            try await limit(3)
            async let answer = Self.ask(school)
            try await eventually("the log says what is missing: \(daemon.logged)") {
                daemon.logged.contains("metrics: accept metrics.listen: Too many open files; tried again")
            }
            try await limit(4096)
            #expect(try await answer.output.contains("linbo_hosts 40.0\n"))
            #expect(try await Self.ask(school).output.contains("linbo_hosts 40.0\n"))
        }
    }
}
