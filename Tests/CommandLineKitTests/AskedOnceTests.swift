import API
import APIClient
import ArgumentParser
import CommandLineKit
import Foundation
import Glibc
import HookConfig
import HookWire
import Testing

/// Where linboctl asks if the first daemon does not answer.
@Suite final class AskedOnceTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/asked-\(UUID().uuidString.prefix(8))"

    private struct Order: APIOperation {
        typealias Answer = [String]
        static let route = Route.post("/v1/order")
        static let summary = ""
    }

    init() throws {
        try FileManager.default.createDirectory(atPath: "\(directory)/state", withIntermediateDirectories: true)
        // Who works with what was kept listens elsewhere than the file says now.
        let file = "\(directory)/c.yaml"
        func text(_ name: String) -> String { "state: \(directory)/state\nsocket: \(directory)/\(name)/hook.sock\n" }
        try LastGood(file: file, text: text("old")).keep(in: ["\(directory)/state"])
        try text("new").write(toFile: file, atomically: true, encoding: .utf8)
        for name in ["old", "new"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Takes connections and never answers; nil: nobody listens any more, and the socket's file is left.
    private func socket(_ name: String, listens: Bool) throws -> Int32? {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let path = "\(directory)/\(name)/api.sock"
        try #require(withUnixAddress(path) { bind(descriptor, $0, $1) } == 0)
        guard listens else {
            close(descriptor)
            return nil
        }
        try #require(listen(descriptor, 8) == 0)
        return descriptor
    }

    /// Which sockets a command was sent to.
    /// - Parameter limit: of one that listens and does not answer.
    private func asked(within limit: Duration = .seconds(60)) async throws -> [String] {
        let options = try CommonOptions.parse(["--config", "\(directory)/c.yaml"])
        var places: [String] = []
        await #expect(throws: NoDaemon.self) {
            try await options.withDaemon(quietly: true) { client in
                places.append(client.socket.split(separator: "/").dropLast().last.map(String.init) ?? "")
                return try await client.ask(Order(), within: limit)
            }
        }
        return places
    }

    @Test("a daemon that does not answer may have done it: no other one is told the same") func stuck() async throws {
        let descriptor = try socket("old", listens: true)
        defer { descriptor.map { _ = close($0) } }
        #expect(try await asked(within: .milliseconds(50)) == ["old"])
    }

    @Test("where nobody listens, nobody was told") func absent() async throws {
        #expect(try await asked() == ["old", "new"])
        _ = try socket("old", listens: false)
        #expect(try await asked() == ["old", "new"])
    }
}
