import Foundation
import HookConfig
import HookHost
import HookStore
import LinboModel
import Logging
import Testing

@testable import WindowsKey

/// Keys of no product: right in form only.
enum Sample {
    static let windows = "BBBBB-CCCCC-DDDDD-FFFFF-GGGGG"
    static let office = "HHHHH-JJJJJ-KKKKK-MMMMM-PPPPP"
    static let first = "QQQQQ-RRRRR-TTTTT-VVVVV-WWWWW"
    static let second = "XXXXX-YYYYY-22222-33333-44444"
    static let all = [windows, office, first, second]
}

/// A server in a temporary directory: a tree, schools, a database, and the plugin as the only one of its chain.
final class Lab {
    let directory: String
    var log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// pc01 has both keys (in lower case), pc02 and pc03 none.
    static let devices = """
        r1 "a\\b";pc01;win;00:11:22:33:44:01;10.0.0.1;\(Sample.office.lowercased());\(Sample.windows.lowercased());;;;1
        r2;pc02;win;00:11:22:33:44:02;10.0.0.2;;;;;;1
        r3;pc03;win;00:11:22:33:44:03;10.0.0.3;;;;;;1
        """

    init(devices: String = devices, setup: String = "[setup]\nsambadomain = LINUXMUSTER\ndomainname = lm.lan\n") throws
    {
        directory = URL(filePath: NSTemporaryDirectory()).appending(path: "windows-key-\(UUID().uuidString)").path()
        try write("schools/default-school/devices.csv", Array(devices.utf8))
        try write("setup.ini", Array(setup.utf8))
        try FileManager.default.createDirectory(atPath: "\(directory)/tree", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var poolPath: String { "\(directory)/pool" }
    var tree: Tree { Tree(root: "\(directory)/tree") }

    func write(_ path: String, _ bytes: [UInt8]) throws {
        let url = URL(filePath: "\(directory)/\(path)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url, options: .atomic)
    }

    func pool(_ text: String) throws {
        try write("pool", Array(text.utf8))
        chmod(poolPath, 0o600)
    }

    func store() throws -> Store { try Store(directory: "\(directory)/state", migrations: WindowsKey.migrations) }

    func context(store: Store?) -> PluginContext {
        let addresses = AddressTable(neighbours: "/dev/null", leaseFiles: [])
        return PluginContext(
            tree: tree, store: store,
            hosts: HostDirectory(schools: "\(directory)/schools", addresses: addresses, logger: log),
            setup: SetupFile(path: "\(directory)/setup.ini"), state: "\(directory)/state", logger: log)
    }

    func plugin(_ yaml: String = "", store: Store?) throws -> WindowsKey {
        let node = try ConfigNode(yaml: yaml, file: "config.yaml")
        let place = SourceLocation(file: "config.yaml", line: 1, column: 1)
        return try WindowsKey(PluginSection(node: node, location: place), context(store: store))
    }

    func poolYAML(_ more: String = "") -> String { "keys: pool\npool: \(poolPath)\n\(more)" }

    func desk(_ yaml: String = "") throws -> Desk { try desk(yaml, store: store()) }

    func desk(_ yaml: String = "", store: Store?) throws -> Desk {
        let plugin = try plugin(yaml, store: store)
        let hosts = context(store: store).hosts
        return Desk(plugin: plugin, hosts: hosts, runtime: Runtime(plugins: [plugin], tree: tree, logger: log))
    }
}

/// Where clients ask.
struct Desk: Sendable {
    let plugin: WindowsKey
    let hosts: HostDirectory
    let runtime: Runtime

    func ask(
        _ path: String, from address: String = "10.0.0.1", intent: Intent = .fetch, manner: Manner = .byName
    ) async throws -> Runtime.Answer {
        let client = hosts.client(at: try #require(IPAddress(address)))
        let connection = ConnectionID(process: 1, started: 1)
        return try await runtime.resolve(
            Request(
                client: client, over: .rsync, path: try TreePath(path), intent: intent, manner: manner,
                connection: connection))
    }

    /// What was made for the client, as text; nil if nothing was made.
    func text(_ path: String, from address: String = "10.0.0.1", intent: Intent = .fetch) async throws -> String? {
        guard case .made(let made) = try await ask(path, from: address, intent: intent).content else { return nil }
        return String(decoding: made.bytes, as: UTF8.self)
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

    var hiddenReason: String? {
        guard case .nothing(.hidden(let reason)) = content else { return nil }
        return reason
    }

    var remarks: [String] { trace.steps.flatMap(\.remarks) }
}

extension KeyRing {
    /// A host's keys without a server around it.
    static func sample(windows: String? = Sample.windows, office: String? = Sample.office) throws -> KeyRing {
        let host = Host(
            name: try #require(HostName("pc01")), room: "r1", group: try #require(GroupName("win")),
            mac: try #require(MACAddress("00:11:22:33:44:01")), address: nil,
            officeKey: try office.map { try ProductKey($0) }, windowsKey: try windows.map { try ProductKey($0) },
            source: SourceLocation(file: "devices.csv", line: 1))
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return KeyRing(finder: KeyFinder(pool: nil, ledger: nil, logger: silent), host: host, intent: .fetch)
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Latin-1.
func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }

/// With its byte order mark.
func utf16(_ text: String) -> [UInt8] {
    [0xFF, 0xFE] + text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
}

func holdsKey(_ text: String) -> Bool { Sample.all.contains { text.uppercased().contains($0) } }
