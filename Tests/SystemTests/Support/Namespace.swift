import Foundation
import Testing

/// A network namespace, gone with its processes when the body ends.
struct Namespace: Sendable {
    static let ip = "/sbin/ip"
    let name: String

    static let isRoot = geteuid() == 0

    static func open(_ body: (Namespace) async throws -> Void) async throws {
        let namespace = Namespace(name: "linbo-\(UUID().uuidString.prefix(8).lowercased())")
        try await namespace.set("netns", "add", namespace.name)
        do {
            try await namespace.setInside("link", "set", "lo", "up")
            try await body(namespace)
        } catch {
            try? await namespace.set("netns", "del", namespace.name)
            throw error
        }
        try await namespace.set("netns", "del", namespace.name)
    }

    /// A command line that runs another inside.
    func command(_ words: [String]) -> [String] {
        [Self.ip, "netns", "exec", name] + words
    }

    func run(_ words: [String]) async throws -> CommandResult {
        try await Command.run(Self.ip, Array(command(words).dropFirst()))
    }

    func setInside(_ words: String...) async throws {
        let result = try await Command.run(Self.ip, ["-n", name] + words)
        try #require(result.status == 0, "ip \(words): \(result)")
    }

    private func set(_ words: String...) async throws {
        let result = try await Command.run(Self.ip, words)
        try #require(result.status == 0, "ip \(words): \(result)")
    }
}
