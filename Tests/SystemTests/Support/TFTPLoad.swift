import Foundation
import Testing

/// `Tests/Tools/tftpload.c`, compiled once for all tests.
enum TFTPLoad {
    /// The program.
    static func program() async throws -> String { try await Compiler.shared.program() }

    /// What its last line tells, in JSON.
    struct Summary: Decodable {
        var ok: Int?
        var failed: Int?
        var mismatches: Int?
        var retransmissions: Int?
        var blksize: Int?
        var windowsize: Int?
        var probes: Int?
        var pass: Int?
    }

    /// Runs it to its end.
    static func run(_ arguments: [String], in namespace: Namespace? = nil) async throws -> (
        summary: Summary, result: CommandResult
    ) {
        let words = [try await program()] + arguments
        let command = namespace?.command(words) ?? words
        let result = try await Command.run(command[0], Array(command.dropFirst()))
        let last = try #require(result.output.split(separator: "\n").last, "\(result)")
        return (try JSONDecoder().decode(Summary.self, from: Data(last.utf8)), result)
    }

    /// Compiles once, whoever asks first.
    private actor Compiler {
        static let shared = Compiler()
        private var compiling: Task<String, any Error>?

        func program() async throws -> String {
            let task = compiling ?? Task { try await Self.compile() }
            compiling = task
            return try await task.value
        }

        private static func compile() async throws -> String {
            let source = Programs.tool("tftpload.c")
            let target = Programs.folder.appendingPathComponent("tftpload").path
            // Another run of the tests may be using the old one.
            let new = "\(target).\(getpid())"
            let result = try await Command.run(
                "/usr/bin/cc", ["-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", new, source])
            try #require(result.status == 0, "\(result)")
            try #require(rename(new, target) == 0)
            return target
        }
    }
}
