import Foundation
import Testing

/// The load generator and prober.
enum TFTPLoad {
    /// The program.
    static func program() async throws -> String { try await CTools.shared.built("tftpload.c", ["-pthread"]) }

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
}
