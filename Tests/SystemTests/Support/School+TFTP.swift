import Foundation
import HookStore
import Testing

extension School.Options {
    /// TFTP on `tftpPort`.
    /// - Parameter keys: further lines of the `tftp:` section.
    static func withTFTP(_ keys: String = "", listen: [String] = ["127.0.0.1:{tftp}"]) -> Self {
        var options = Self()
        let list = listen.map { "\"\($0)\"" }.joined(separator: ", ")
        let more = keys.split(separator: "\n").map { "\n  \($0)" }.joined()
        options.tftp = "  listen: [\(list)]\(more)"
        return options
    }
}

extension School {
    var tftp: SocketAddress { SocketAddress("127.0.0.1", tftpPort) }

    /// A client of a host's address, to be told each step.
    func rawClient(_ host: Int, asking server: SocketAddress? = nil) throws -> RawClient {
        try RawClient("127.0.0.\(host + 1)", asking: server ?? tftp)
    }

    /// curl, which can be given an address: the received bytes, or its error.
    func fetch(_ path: String, as host: Int, options: [String] = [], into inbox: String? = nil) async throws -> Fetched
    {
        let address = "127.0.0.\(host + 1)"
        let target = self.inbox(inbox ?? "tftp-\(address)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        let result = try await Command.run(
            TFTPClient.curl.program,
            ["--silent", "--show-error", "--globoff", "--interface", address, "--output", target.path] + options
                + ["tftp://\(tftp)/\(path)"])
        return Fetched(result: result, bytes: result.status == 0 ? Self.bytes(of: target) : nil)
    }

    struct Fetched: Sendable, CustomStringConvertible {
        let result: CommandResult
        /// nil: it did not get the file.
        let bytes: [UInt8]?

        var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
        var description: String { "\(text?.prefix(200) ?? "nothing"), \(result)" }
    }

    /// A client of the world fetches a file.
    func fetch(
        _ path: String, by client: TFTPClient, _ wishes: TFTPClient.Wishes = .none, into inbox: String
    ) async throws -> Fetched {
        let target = self.inbox(inbox)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        let result = try await Command.run(
            client.program, client.arguments(path, from: tftp, into: target.path, wishes),
            environment: try await client.environment)
        return Fetched(result: result, bytes: result.status == 0 ? Self.bytes(of: target) : nil)
    }

    private static func bytes(of file: URL) -> [UInt8]? {
        // curl makes no file of no bytes.
        FileManager.default.fileExists(atPath: file.path) ? (try? Data(contentsOf: file)).map { Array($0) } : []
    }

    /// The ports that a client gets to know by asking again and again.
    func transferPorts(as host: Int) async throws -> Set<UInt16> {
        var ports: Set<UInt16> = []
        for _ in 0..<100 {
            let client = try rawClient(host)
            let (packet, peer) = try await client.firstAnswer(to: "none")
            guard packet.errorCode == 1 else { throw NeverCame(description: "error 1: \(packet)") }
            ports.insert(peer.port)
        }
        return ports
    }

    /// The audit log's entries of TFTP, the oldest first.
    func tftpAudit() async throws -> [AuditEntry] {
        try await audit().filter { $0.transport == "tftp" }.sorted { $0.at < $1.at }
    }

    /// Waits for what the audit log says of a path.
    func auditEntry(of path: String, _ what: String, _ condition: (AuditEntry) -> Bool) async throws {
        try await eventually("\(path) in the audit log: \(what)") {
            try await tftpAudit().contains { $0.path == path && condition($0) }
        }
    }
}

/// Clients that nobody here wrote.
enum TFTPClient: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case curl, tftpHPA, atftp, busybox

    /// Options that a client asks for, as far as it can.
    struct Wishes: Sendable {
        static let none = Wishes()
        var blockSize: Int?
        var windowSize: Int?
        var size = false
        var timeout: Int?
        var isText = false
        /// curl alone, which asks for some by itself.
        var noOptions = false
    }

    var program: String {
        switch self {
        case .curl: "/usr/bin/curl"
        case .tftpHPA: "/usr/bin/tftp"
        case .atftp: "/usr/bin/atftp"
        case .busybox: "/usr/bin/busybox"
        }
    }

    var environment: [String: String] {
        get async throws {
            guard self == .busybox else { return [:] }
            return ["LD_PRELOAD": try await CTools.shared.built("own-port.c", ["-shared", "-fPIC"])]
        }
    }

    func arguments(_ path: String, from server: SocketAddress, into target: String, _ wishes: Wishes) -> [String] {
        let (host, port) = (server.host, "\(server.port)")
        switch self {
        case .curl:
            return ["--silent", "--show-error", "--globoff", "--output", target]
                + (wishes.blockSize.map { ["--tftp-blksize", "\($0)"] } ?? [])
                + (wishes.noOptions ? ["--tftp-no-options"] : []) + ["tftp://\(server)/\(path)"]
        case .tftpHPA:
            return [host, port, "-m", wishes.isText ? "netascii" : "binary", "-c", "get", path, target]
        case .atftp:
            var options: [String] = []
            if let size = wishes.blockSize { options += ["--option", "blksize \(size)"] }
            if let size = wishes.windowSize { options += ["--option", "windowsize \(size)"] }
            if wishes.size { options += ["--option", "tsize 0"] }
            if let seconds = wishes.timeout { options += ["--option", "timeout \(seconds)"] }
            if wishes.isText { options += ["--option", "mode netascii"] }
            return options + ["--get", "--remote-file", path, "--local-file", target, host, port]
        case .busybox:
            return ["tftp", "-g", "-r", path, "-l", target] + (wishes.blockSize.map { ["-b", "\($0)"] } ?? [])
                + [host, port]
        }
    }

    var testDescription: String { rawValue }
}

extension School {
    /// The daemon in a network of its own; its socket is in the file system, and reaches out.
    @discardableResult
    func startDaemon(in namespace: Namespace) async throws -> Server {
        let words = namespace.command([Programs.hookd, "serve", "--config", config.path])
        return try await start(words[0], Array(words.dropFirst()))
    }

    /// The daemon with UDP sockets that are bound already, as systemd's socket activation hands them over.
    @discardableResult
    func startActivatedDaemon(_ places: [String]) async throws -> Server {
        let daemon = ["--", Programs.hookd, "serve", "--config", config.path]
        return try await start("/usr/bin/python3", [Programs.tool("socket-activate")] + places + daemon)
    }
}
