import Foundation
import HookConfig
import HookHost
import LinboModel
import Logging
import Synchronization
import Torrent

@testable import TorrentCreate

/// A tree in a temporary directory, and the plugin as the only one of its chain.
final class Lab: Sendable {
    static let announce = "http://10.0.0.1:6969/announce"
    let directory = URL(filePath: NSTemporaryDirectory()).appending(path: "torrent-create-\(UUID().uuidString)").path()
    let log = LogLines()

    init() throws {
        try write("tree/images/win11/win11.qcow2", [UInt8](repeating: 1, count: 1_000_000))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var tree: Tree { Tree(root: "\(directory)/tree") }

    func write(_ path: String, _ bytes: [UInt8]) throws {
        let url = URL(filePath: "\(directory)/\(path)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url, options: .atomic)
    }

    func setModified(_ path: String, _ seconds: Int) {
        let time = timeval(tv_sec: seconds, tv_usec: 0)
        utimes("\(directory)/\(path)", [time, time])
    }

    func stored() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/state/torrents")) ?? []
    }

    /// How often an image was hashed to its end.
    var hashings: Int { log.all.count { $0.contains("hashed in") } }

    static func section(_ yaml: String) throws -> PluginSection {
        PluginSection(
            node: try ConfigNode(yaml: yaml, file: "config.yaml"),
            location: SourceLocation(file: "config.yaml", line: 1, column: 1))
    }

    /// A daemon just started.
    func desk(_ more: String = "") throws -> Desk {
        let logger = Logger(label: "test") { _ in log }
        let addresses = AddressTable(neighbours: "/dev/null", leaseFiles: [])
        let context = PluginContext(
            tree: tree, store: nil,
            hosts: HostDirectory(schools: "\(directory)/schools", addresses: addresses, logger: logger),
            setup: SetupFile(path: "\(directory)/setup.ini"), state: "\(directory)/state", logger: logger)
        mkdir("\(directory)/state", 0o700)
        let plugin = try TorrentCreate(try Self.section("announce: \(Self.announce)\n\(more)"), context)
        return Desk(runtime: Runtime(plugins: [plugin], tree: tree, logger: logger))
    }
}

/// Where clients ask.
struct Desk: Sendable {
    let runtime: Runtime

    func ask(
        _ path: String = "images/win11/win11.qcow2.torrent", intent: Intent = .fetch, manner: Manner = .byName
    ) async throws -> Runtime.Answer {
        guard let address = IPAddress("10.0.0.9") else { throw Refusal("no address") }
        let client = Client(address: address, host: nil, recognition: .unknown("test"))
        return try await runtime.resolve(
            Request(
                client: client, over: .rsync, path: try TreePath(path), intent: intent, manner: manner,
                connection: ConnectionID(process: 1, started: 1)))
    }

    func torrent(_ path: String = "images/win11/win11.qcow2.torrent") async throws -> TorrentFile? {
        try await ask(path).made.map { try TorrentFile(parsing: $0) }
    }
}

extension Runtime.Answer {
    var made: [UInt8]? {
        guard case .made(let made) = content else { return nil }
        return made.bytes
    }

    var isFile: Bool {
        guard case .file = content else { return false }
        return true
    }

    var isNothing: Bool {
        guard case .nothing = content else { return false }
        return true
    }

    var remarks: [String] { trace.steps.flatMap(\.remarks) }
}

/// Keeps what is logged.
final class LogLines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .info }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.message)") }
    }
}
