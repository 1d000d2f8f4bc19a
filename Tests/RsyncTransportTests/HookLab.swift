import Foundation
import HookConfig
import HookHost
import HookTesting
import HookWire
import LinboModel
import LinuxKit
import Logging
import Registration
import Synchronization
import Testing
import Uploads

@testable import RsyncTransport

/// A process for rsyncd's child, which does nothing until it is ended.
final class Sleeper: Sendable {
    let process: pid_t
    private let isOver = Atomic(false)

    init() throws {
        process = try Spawn.start(["/bin/sleep", "3600"], environment: [], errors: STDERR_FILENO)
    }

    deinit { end() }

    func end() {
        guard !isOver.exchange(true, ordering: .relaxed) else { return }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }
}

/// Gives each name below `once/` out once, and hears what became of it.
struct OncePlugin: HookPlugin, OutcomeListener {
    static let name: PluginName = "once"
    let claims: [PathPattern] = ["once/*"]
    private let heard = Heard()

    private final class Heard: Sendable { let outcomes = Mutex<[Outcome]>([]) }

    init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {}
    init() {}

    func resolve(_ request: Request, next: Next) async throws -> Resolution {
        Resolution(.made(MadeContent([1, 2, 3], token: request.path.name, isOneShot: true)))
    }

    func completed(_ outcome: Outcome) async throws { heard.outcomes.withLock { $0.append(outcome) } }

    var outcomes: [Outcome] { heard.outcomes.withLock { $0 } }
}

/// What rsyncd's hooks do, in this process: a tree, views, and no rsync.
final class HookLab: Sendable {
    static let address = "10.0.0.5"

    let directory: String
    let paths: ViewPaths
    let hooks: RsyncHooks
    let plugin = OncePlugin()
    let log = LogLines()

    init() throws {
        directory = FileManager.default.temporaryDirectory.path + "/hooks-\(UUID().uuidString)"
        paths = ViewPaths(base: "\(directory)/srv/.linbo-hookd")
        for name in ["srv/once", "state", "schools"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
        }
        let (log, root) = (log, "\(directory)/srv")
        let logger = Logger(label: "test") { _ in log }
        let tree = Tree(root: root)
        let hosts = HostDirectory(
            schools: "\(directory)/schools",
            addresses: AddressTable(neighbours: "/dev/null", leaseFiles: [], check: .never), logger: logger)
        let desk = UploadDesk(
            paths: UploadPaths(base: "\(paths.base)/uploads"), settings: UploadSettings(), tree: tree,
            registrar: Registrar(schools: "\(directory)/schools", root: root, logger: logger), events: EventBus(),
            logger: logger)
        hooks = RsyncHooks(
            runtime: Runtime(plugins: [plugin], tree: tree, logger: logger), hosts: hosts, paths: paths, group: nil,
            audit: nil, desk: desk, marks: WorkMarks(state: "\(directory)/state"), endedUploads: EndedUploads(),
            logger: logger, wake: {})
        try hooks.prepare()
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var view: View { View(address: Self.address, paths: paths, group: nil) }

    /// - Parameters:
    ///   - names: what the client asks for.
    ///   - status: nil: rsyncd tells none.
    func call(
        _ call: HookCall, _ process: Int32, _ names: [String] = [], status: Int? = nil, module: String? = nil,
        isAbandoned: Bool = false
    ) async -> HookReply {
        let words = ["rsyncd", "--server", "--sender", "-re.iLsfxCIvu", "."] + names
        let fields =
            [
                "RSYNC_MODULE_NAME=linbo", "RSYNC_MODULE_PATH=\(module ?? paths.view(of: Self.address))",
                "RSYNC_HOST_ADDR=\(Self.address)", "RSYNC_PID=\(process)", "RSYNC_REQUEST=linbo/",
            ] + words.enumerated().map { "RSYNC_ARG\($0)=\($1)" } + (status.map { ["RSYNC_EXIT_STATUS=\($0)"] } ?? [])
        return await hooks.handle(HookFrame(call: call, fields: fields.map { Array($0.utf8) })) { isAbandoned }
    }
}
