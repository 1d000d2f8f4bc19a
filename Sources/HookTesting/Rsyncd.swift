import Foundation

/// Debian's rsyncd, on a port of its own.
package struct Rsyncd: Sendable {
    /// To end it.
    package let server: Server
    private let port: UInt16

    /// Returns when it listens.
    /// - Parameters:
    ///   - modules: as `linboctl rsyncd-conf` prints them.
    ///   - directory: of its configuration and its logs.
    package init(
        _ modules: String, in directory: String, port: UInt16? = nil, environment: [String: String] = [:]
    ) async throws {
        let port = try port ?? FreePort.next()
        self.port = port
        let text = """
            reverse lookup = no
            listen backlog = 256
            port = \(port)
            address = 127.0.0.1
            log file = \(directory)/rsyncd.log
            lock file = \(directory)/rsyncd.lock
            max verbosity = 1

            """
        try (text + modules).write(toFile: "\(directory)/rsyncd.conf", atomically: true, encoding: .utf8)
        let server = try Server(
            Programs.rsync, ["--daemon", "--no-detach", "--config", "\(directory)/rsyncd.conf"],
            environment: environment, log: URL(filePath: "\(directory)/rsyncd.out"))
        self.server = server
        do {
            try await eventually("rsyncd listens") {
                if server.hasEnded { throw NeverCame(description: "rsyncd ended: \(server.logged)") }
                return FreePort.listens(port)
            }
        } catch {
            server.kill()
            throw error
        }
    }

    /// What a client asks for a path of module `linbo`.
    func url(of path: String) -> String { "rsync://127.0.0.1:\(port)/linbo/\(path)" }

    /// Waits until all connections are over, `post` included.
    /// - Parameter base: where views lie.
    package static func settle(_ base: String) async throws {
        func names(_ directory: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: "\(base)/\(directory)")) ?? []
        }
        try await eventually("no connection is left") {
            ["views", "trash"].allSatisfy { names($0).isEmpty }
                && names("live").allSatisfy { address in !names("live/\(address)").contains { $0.contains("@") } }
        }
    }
}
