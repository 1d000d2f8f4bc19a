import DHCP
import Glibc
import HookHost
import HookStore
import ImageStore
package import LinboModel
import LinuxKit
import Remote
import SSH
import Schedule
import Uploads

/// All that is wrong, or will be, in the configuration and in the files that it leads to: one list for `check`,
/// `status` and the log, so that nothing that is found anywhere is told nowhere.
package struct Diagnosis: Sendable {
    let config: Config
    let context: PluginContext
    let plugins: [any HookPlugin]

    /// What clients missed counts for a day; milliseconds.
    private static let day: Int64 = 86_400_000

    /// For `status` and the log: by what the daemon works with.
    package init(_ assembly: Assembly) {
        self.init(assembly.config, assembly.context, assembly.runtime.plugins)
    }

    init(_ config: Config, _ context: PluginContext, _ plugins: [any HookPlugin]) {
        self.config = config
        self.context = context
        self.plugins = plugins
    }

    /// In no order of weight; reads the tree, the images and the database, so it takes its time.
    package func problems() -> [Problem] {
        // That the tree is not there is told once.
        let obstacles = Preflight.problems(config)
        let tree =
            obstacles.isEmpty ? StartConfLint(config, context.hosts.devices).problems() + images() + needs() : []
        return obstacles + Preflight.remarks(config, context.hosts) + context.hosts.problems
            + context.hosts.devices.unfitNames
            + context.hosts.addressProblems(at: config.location(of: "identity.leases"))
            + plugins.flatMap { ($0 as? any Diagnosed)?.problems() ?? [] } + StateDisk.problems(config)
            + RsyncdConfInUse.problems(config) + tree
            + setup() + remoteKey() + schedules() + dhcp() + setAside() + database()
    }

    /// What keeps the database large.
    private func database() -> [Problem] {
        let path = "\(config.state)/\(Store.fileName)"
        let store: Store
        do { store = try self.store() } catch {
            // That there is none yet is no problem, and who may not read it learns nothing by that.
            guard let error = error as? StoreError, access(path, R_OK) == 0 else { return [] }
            return [
                Problem(
                    location: SourceLocation(file: path, line: 1), what: "the database: \(error.cause)",
                    fix: error.fix, severity: .warning)
            ]
        }
        guard let bytes = try? store.audit.stuckBytes(), bytes > 0 else { return [] }
        return [
            Problem(
                location: SourceLocation(file: path, line: 1),
                what: "\(byteSize(bytes)) of it are free, and an older version made it so that it can't shrink",
                fix: "with the daemon stopped: sqlite3 \(path) 'PRAGMA auto_vacuum = INCREMENTAL; VACUUM'",
                severity: .warning)
        ]
    }

    /// The daemon's own, or what lies on the disk, as it is.
    private func store() throws -> Store {
        try context.store ?? Store(reading: config.state, migrations: Store.migrations())
    }

    // MARK: setup.ini, DHCP

    private func setup() -> [Problem] {
        guard let setup = context.setup.current else { return [] }
        let own = setup.problems.map {
            Problem(location: $0.location, what: $0.what, fix: $0.fix, severity: .warning)
        }
        guard let address = setup.serverip, address.isLoopback else { return own }
        return own + [
            Problem(
                location: SourceLocation(file: context.setup.path, line: 1),
                what: "serverip is \(address), where no PC reaches this server: host images and DHCP name it",
                fix: "write the server's address in the PCs' network", severity: .warning)
        ]
    }

    // MARK: ssh

    /// Why no PC lets the server in. A server that never asked one to is not told: root's own key is there for others,
    /// too.
    private func remoteKey() -> [Problem] {
        // To whom the state is closed, root's keys are too.
        guard isUsed, access(config.state, R_OK | X_OK) == 0 || geteuid() == 0,
            let fault = PrivateKey.fault(in: config.remote.keyFile { FileStatus(followingLinks: $0) != nil })
        else { return [] }
        let setting = config.names("remote.key") ? "remote.key" : "remote"
        return [remark(setting, "PCs that run LINBO can't be reached: \(fault.what)", fault.fix)]
    }

    /// Whether somebody wants PCs to be reached by ssh.
    private var isUsed: Bool {
        if config.names("remote.key") || plugins.contains(where: { $0 is any PCVisitor }) { return true }
        guard let keys = try? HostKeys(store()).all() else { return false }
        return !keys.isEmpty
    }

    // MARK: Schedules

    /// What keeps schedules from heeding holidays.
    private func schedules() -> [Problem] {
        guard let file = config.schedules.holidays else { return [] }
        return HolidayFile.problems(of: file, now: UnixTime.nowMilliseconds()).map {
            Problem(
                location: SourceLocation(file: file, line: 1), what: "schedules.holidays: \($0)",
                fix: "put a right one there; meanwhile the last one that was right counts, and without one no day is a "
                    + "holiday", severity: .warning)
        }
    }

    private func dhcp() -> [Problem] {
        guard let settings = config.dhcp,
            let server = settings.nextServer ?? context.setup.current?.serverip ?? IPAddress("10.0.0.1")
        else { return [] }
        return DHCPPlan(context.hosts.devices, server: settings.server, nextServer: server).problems.map {
            Problem(location: $0.location, what: $0.what, fix: $0.fix, severity: .warning)
        }
    }

    private func setAside() -> [Problem] {
        context.marks.setAside().map { mark in
            Problem(
                location: SourceLocation(file: config.file, line: 1), what: "\(mark.title): \(mark.reason)",
                fix: "have it done again by `linboctl images quarantine retry \(mark.title)`", severity: .warning)
        }
    }

    // MARK: Images

    private func images() -> [Problem] {
        let images = ImageStore(root: config.linbo.root, work: config.uploadPaths.swap)
        guard let inventory = try? images.list() else { return [] }
        let faults = inventory.images.flatMap { image in
            image.problems.map { (image.directory + "/" + image.image, $0, "linboctl images") }
        }
        let directories = inventory.problems.map { ("images", $0, "look into that directory") }
        return (faults + directories).map { path, what, fix in
            Problem(
                location: SourceLocation(file: "\(config.linbo.root)/\(path)", line: 1), what: what, fix: fix,
                severity: .warning)
        }
    }

    // MARK: What is not served

    /// PluginContext that a server has by its files, and that this configuration does not do.
    private func needs() -> [Problem] {
        let facts = ServerFacts(tree: context.tree, hosts: context.hosts.devices.hosts, missed: missed)
        let enabled = Set(config.plugins.map { $0.type.name })
        let plugins = pluginRegistry.filter { !enabled.contains($0.name) }.compactMap { type in
            (type as? any Advertised.Type)?.need(on: facts).map { need in
                remark("plugins", need, "add `- \(type.name)` below plugins:, see its README")
            }
        }
        return plugins + followers(facts)
    }

    private var missed: Set<String> {
        (try? store().audit.missed(since: UnixTime.nowMilliseconds() - Self.day)) ?? []
    }

    /// Programs that must know of a new image.
    private func followers(_ facts: ServerFacts) -> [Problem] {
        guard config.followUps.isEmpty else { return [] }
        guard let torrent = facts.besideImages(".torrent").first else { return [] }
        return [
            remark(
                "after-publish", "torrents are seeded (\(torrent)), and after an upload nobody tells their programs",
                "add `after-publish:` with linbo-torrent and the tracker's; the sample has the lines")
        ]
    }

    private func remark(_ setting: String, _ what: String, _ fix: String) -> Problem {
        Preflight.problem(config, setting, what, fix: fix, .warning)
    }
}
