import Foundation
import HookConfig
import HookHost
import HookStore
import ImageStore
import LinboModel
import LinuxKit
import Logging
import Registration
import Testing

@testable import Uploads

/// A tree with a live `cd.iso`, sets that come beside it, and the publisher with plugins of the test's own. No rsync,
/// no daemon: what has come lies where `post` puts it.
final class PublishLab: Sendable {
    static let timestamp = "202601010800"

    let root: String
    let state: String
    let paths: UploadPaths
    let marks: WorkMarks
    let events = EventBus()
    let image: ImageName
    let live: [UInt8]

    init() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/linbo-publish-\(UUID().uuidString)"
        (root, state) = ("\(directory)/srv", "\(directory)/state")
        paths = UploadPaths(base: "\(root)/.linbo-hookd/uploads")
        marks = WorkMarks(state: state)
        image = try #require(ImageName("cd.iso"))
        live = Self.iso(1)
        try write("images/cd/cd.iso", live)
        try write("images/cd/cd.iso.info", Self.info(live.count))
        try write("schools/default-school/devices.csv", [])
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: paths.base, withIntermediateDirectories: true)
        try desk().prepare()
    }

    deinit { try? FileManager.default.removeItem(atPath: String(root.dropLast(4))) }

    /// The least that counts as one (ECMA-119).
    static func iso(_ seed: UInt8) -> [UInt8] {
        [UInt8](repeating: seed, count: 32_769) + Array("CD001".utf8) + [UInt8](repeating: seed, count: 700)
    }

    static func info(_ size: Int, timestamp: String = timestamp) -> [UInt8] {
        Array("[cd.iso Info File]\ntimestamp=\"\(timestamp)\"\nimage=\"cd.iso\"\nimagesize=\"\(size)\"\n".utf8)
    }

    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    var tree: Tree { Tree(root: root) }

    /// - Parameter change: of what keeps uploads waiting nothing is set, and no byte is kept free.
    func desk(_ change: (inout UploadSettings) -> Void = { _ in }) -> UploadDesk {
        var settings = UploadSettings()
        settings.keepFree = 0
        settings.settle = .zero
        settings.infoWait = .zero
        change(&settings)
        return UploadDesk(
            paths: paths, settings: settings, tree: tree,
            registrar: Registrar(schools: "\(root)/schools", root: root, logger: logger), events: events,
            logger: logger)
    }

    /// - Parameter store: where rows and history go; nil: nowhere.
    func publisher(
        _ plugins: [any HookPlugin] = [], store: Store? = nil, _ change: (inout UploadSettings) -> Void = { _ in }
    ) -> SetPublisher {
        let hosts = HostDirectory(
            schools: "\(root)/schools", addresses: AddressTable(neighbours: "/dev/null", leaseFiles: []),
            logger: logger)
        return SetPublisher(
            desk: desk(change), store: ImageStore(root: root, work: paths.swap), tree: tree, plugins: plugins,
            hosts: hosts,
            marks: marks,
            report: PublishReport(
                audit: store.map { AuditWriter($0.audit, logger: logger) }, history: store?.images, events: events,
                logger: logger),
            logger: logger)
    }

    func write(_ path: String, _ bytes: [UInt8]) throws {
        let url = URL(filePath: "\(root)/\(path)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func read(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: "\(root)/\(path)").map { Array($0) } }

    static func client(_ address: String = "10.0.0.1") throws -> Client {
        Client(address: try #require(IPAddress(address)), host: nil, recognition: .unknown("test"))
    }

    /// A set that has come whole, a while ago.
    func arrive(_ files: [String: [UInt8]]) throws {
        var record = UploadSession(image: image, client: try Self.client())
        try FileManager.default.createDirectory(atPath: paths.set(of: image), withIntermediateDirectories: true)
        for (suffix, bytes) in files {
            let path = "\(paths.set(of: image))/\(image)\(suffix)"
            try Data(bytes).write(to: URL(filePath: path))
            let status = try #require(FileStatus(at: path))
            record.arrived[suffix] = .init(at: 1000, size: status.size, inode: status.inode)
        }
        try record.write(paths.record(of: image))
    }

    /// Whether nothing waits any more.
    var isDone: Bool { (FileTree.names(in: paths.due) + FileTree.names(in: paths.sets)).isEmpty }

    var quarantine: Quarantine { Quarantine(directory: paths.quarantine) }
}

/// A plugin that does what a test wants at publishing.
struct StubPlugin: PublishingStep {
    static let name: PluginName = "stub"
    let body: @Sendable (ArrivedSet) async throws -> [Sidecar]

    init(_ body: @escaping @Sendable (ArrivedSet) async throws -> [Sidecar]) {
        self.body = body
    }

    init(_: PluginSection, _: PluginContext) throws(ConfigError) {
        body = { _ in [] }
    }

    var claims: [PathPattern] { [] }
    func resolve(_ request: Request, next: Next) async throws -> Resolution { Resolution(try await next(request)) }
    func publishing(_ set: ArrivedSet) async throws -> [Sidecar] { try await body(set) }
}
