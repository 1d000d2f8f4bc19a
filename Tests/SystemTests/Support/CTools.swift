import Foundation
import Testing

/// Sources in C of `Tests/Tools`, each compiled once, whoever asks first.
actor CTools {
    static let shared = CTools()
    private var compiling: [String: Task<String, any Error>] = [:]

    /// - Returns: the program's path, or the library's.
    func built(_ source: String, _ options: [String]) async throws -> String {
        let task = compiling[source] ?? Task { try await Self.compile(source, options) }
        compiling[source] = task
        return try await task.value
    }

    private static func compile(_ source: String, _ options: [String]) async throws -> String {
        let target = Programs.directory.appendingPathComponent(source.replacing(".c", with: "")).path
        // Another run of the tests may be using the old one.
        let new = "\(target).\(getpid())"
        let result = try await Command.run(
            "/usr/bin/cc", ["-O2", "-Wall", "-Wextra", "-Werror"] + options + ["-o", new, Programs.tool(source)])
        try #require(result.status == 0, "\(result)")
        try #require(rename(new, target) == 0)
        return target
    }
}
