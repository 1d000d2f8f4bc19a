package import Foundation
import Glibc

/// PCs that run LINBO, as far as ssh sees them (`Tests/Tools/linbo-pc`): they have one host key, and accept one key of the
/// server's. As root.
package final class LinboPCs: Sendable {
    /// The server's private key.
    package let key: URL
    /// `SHA256:…` of the key that the PCs show.
    package let fingerprint: String
    private let directory: URL
    private let files: URL

    /// - Parameter directory: for their files and keys.
    package init(in directory: URL) async throws {
        self.directory = directory
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        files = directory.appending(path: "files")
        key = directory.appending(path: "id")
        try await Self.check(
            Command.run("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "server", "-f", key.path]))
        fingerprint = try await Self.hostKey(at: directory.appending(path: "host_key"))
        try await Self.check(Command.run(Programs.tool("linbo-pc"), ["files", files.path]))
    }

    /// Makes a key as linbofs has it.
    /// - Returns: its fingerprint.
    @discardableResult
    package static func hostKey(at file: URL) async throws -> String {
        let made = try await Command.run("/usr/bin/dropbearkey", ["-t", "ed25519", "-f", file.path])
        try check(made)
        return made.output.split(separator: "\n").last { $0.hasPrefix("Fingerprint: ") }
            .map { String($0.dropFirst("Fingerprint: ".count)) } ?? ""
    }

    /// Switches one on; returns when its ssh listens.
    /// - Parameters:
    ///   - hostKey: by default the one that all have.
    ///   - authorized: the public key that it accepts; by default the server's.
    package func start(_ name: String, at address: SocketAddress, hostKey: URL? = nil, authorized: URL? = nil)
        async throws -> LinboPC
    {
        let home = directory.appending(path: name)
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let server = try Server(
            Programs.tool("linbo-pc"),
            [
                "run", files.path, home.path, address.description,
                (hostKey ?? directory.appending(path: "host_key")).path,
                (authorized ?? directory.appending(path: "id.pub")).path,
            ], log: directory.appending(path: "\(name).log"))
        let pc = LinboPC(directory: home, address: address, server: server)
        try await eventually("\(name) listens at \(address)") {
            if server.hasEnded { throw NeverCame(description: "\(name) ended: \(server.logged)") }
            return pc.listens
        }
        return pc
    }

    private static func check(_ result: CommandResult) throws {
        guard result.status == 0 else { throw NeverCame(description: "\(result)") }
    }
}

/// One of `LinboPCs`; it is switched off when nobody has it any more.
package final class LinboPC: Sendable {
    /// Its root directory.
    package let directory: URL
    /// Of its ssh.
    package let address: SocketAddress
    private let server: Server

    init(directory: URL, address: SocketAddress, server: Server) {
        (self.directory, self.address, self.server) = (directory, address, server)
    }

    deinit {
        server.kill()
    }

    /// As by its switch.
    package func off() {
        server.kill()
    }

    /// What ran on it to its end, in order: `0 sync:1`, each with its exit status.
    package var done: [String] {
        let text = try? String(contentsOf: directory.appending(path: "tmp/done"), encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
    }

    /// What its shell does instead of a command of LINBO's.
    package func set(_ word: String, to script: String) throws {
        let place = directory.appending(path: "etc/commands")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        try script.write(to: place.appending(path: word), atomically: true, encoding: .utf8)
    }

    /// Whether a file is there.
    /// - Parameter path: below its root.
    package func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: directory.appending(path: path).path)
    }

    /// Whether its ssh takes connections.
    package var listens: Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        return address.withPointer { connect(descriptor, $0, $1) } == 0
    }
}
