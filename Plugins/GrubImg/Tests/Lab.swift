import Foundation
import HookConfig
import HookHost
import HookStore
import LinboModel
import Logging

@testable import GrubImg

/// A tree in a temporary directory, hosts, and the plugin as the only one of its chain.
final class Lab: Sendable {
    let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "grub-img-\(UUID().uuidString)"
        try write("schools/default-school/devices.csv", Self.rows)
        try write("tree/start.conf.win11", Self.startConf)
        mkdir("\(directory)/state", 0o700)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    static let rows = """
        r101;pc01;win11;52:54:00:00:00:01;10.0.0.1;;;;;;1;;;;
        r101;pc02;win11;52:54:00:00:00:02;10.0.0.2;;;;;;1;;;;
        r102;pc03;nothing;52:54:00:00:00:03;10.0.0.3;;;;;;1;;;;
        r102;pc04;win11;52:54:00:00:00:04;10.0.0.4;;;;;;0;;;;

        """

    static let startConf = """
        [LINBO]
        Cache = /dev/sda2
        Group = win11
        KernelOptions = quiet dhcpretry=9 root=LABEL=x
        [Partition]
        Dev = /dev/sda1
        Label = windows
        [Partition]
        Dev = /dev/sda2
        Label = cache
        [OS]
        Name = Windows 11
        BaseImage = win11.qcow2
        Root = /dev/sda1
        Kernel = auto
        Initrd =
        Append =

        """

    func write(_ path: String, _ text: String) throws {
        let url = URL(filePath: "\(directory)/\(path)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url, options: .atomic)
    }

    /// A daemon just started.
    func desk(_ settings: String = "", in state: String = "state") throws -> Desk {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let addresses = AddressTable(neighbours: "/dev/null", leaseFiles: [])
        let tree = Tree(root: "\(directory)/tree")
        mkdir("\(directory)/\(state)", 0o700)
        let context = PluginContext(
            tree: tree, store: try Store(directory: "\(directory)/\(state)", migrations: GrubImg.migrations),
            hosts: HostDirectory(schools: "\(directory)/schools", addresses: addresses, logger: logger),
            setup: SetupFile(path: "\(directory)/setup.ini"), state: "\(directory)/\(state)", logger: logger)
        let node = settings.isEmpty ? nil : try ConfigNode(yaml: settings, file: "config.yaml")
        let section = PluginSection(
            node: node, location: SourceLocation(file: "config.yaml", line: 1, column: 1))
        let plugin = try GrubImg(section, context)
        return Desk(
            lab: self, runtime: Runtime(plugins: [plugin], tree: tree, logger: logger), plugin: plugin,
            hosts: context.hosts)
    }
}

/// Where clients ask.
struct Desk: Sendable {
    /// Its directory goes with it.
    let lab: Lab
    let runtime: Runtime
    let plugin: GrubImg
    let hosts: HostDirectory

    func answer(
        _ path: String, as host: Int, overTFTP: Bool = false, intent: Intent = .fetch, manner: Manner = .byName
    ) async throws -> Runtime.Answer {
        guard let address = IPAddress("10.0.0.\(host)") else { throw Refusal("no address") }
        return try await runtime.resolveFollowingLinks(
            Request(
                client: hosts.client(at: address), over: overTFTP ? .tftp : .rsync, path: try TreePath(path),
                intent: intent, manner: manner,
                connection: ConnectionID(process: 1, started: 1)))
    }

    /// nil: there is nothing.
    func bytes(_ path: String, as host: Int, overTFTP: Bool = false) async throws -> [UInt8]? {
        switch try await answer(path, as: host, overTFTP: overTFTP).content {
        case .made(let made): made.bytes
        case .file(let file): try file.read(limit: 64 << 20)
        default: nil
        }
    }

    func text(_ path: String, as host: Int) async throws -> String? {
        try await bytes(path, as: host).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// A program of the world, with its input in a file.
func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
}

/// What GRUB's own parser says of a configuration; nil if it takes it.
func grubComplaint(_ text: String) throws -> String? {
    let path = NSTemporaryDirectory() + "grub-script-\(UUID().uuidString)"
    try Data(text.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let result = try run("/usr/bin/grub-script-check", [path])
    return result.status == 0 ? nil : result.output
}
