import Glibc
package import HookConfig
package import HookHost
package import HookStore
import HookWire
import ImageStore
package import Jobs
import LinboModel
package import LinuxKit
package import Logging
package import Registration
import Remote
package import RsyncTransport
package import Supervision
package import Uploads

/// Everything, put together from a configuration: what `serve`, `once` and `linboctl` work with.
package struct Assembly: Sendable {
    /// That all of it was made from.
    package let config: Config
    /// The same as `context.hosts`.
    package let hosts: HostDirectory
    /// nil: the database can't be used.
    package let store: Store?
    /// Whoever put this together flushes it at its end.
    package let audit: AuditWriter?
    /// What the plugins got.
    package let context: PluginContext
    /// The plugins in their order, above the tree.
    package let runtime: Runtime
    /// What TFTP answers with: a reload exchanges it.
    package let serving: Serving
    /// Answers rsyncd's hooks, uploads among them.
    package let hooks: RsyncHooks
    /// Takes in hosts that register themselves.
    package let registrar: Registrar
    /// Has uploaded sets go live.
    package let publisher: SetPublisher
    /// Rings when something was uploaded.
    package let uploadSignal: AsyncSignal

    /// - Parameters:
    ///   - store: nil if the database can't be used: what needs it is held back, all else is served.
    ///   - observe: sees what the audit log gets, for metrics.
    ///   - old: what this takes the place of: what must not be there twice goes on.
    /// - Throws: `ConfigError` of a plugin.
    package init(
        _ config: Config, store: Store?, observe: @escaping AuditWriter.Observer = { _ in },
        carrying old: Assembly? = nil, logger: Logger
    ) throws(ConfigError) {
        self.config = config
        self.store = store
        var limits = AuditWriter.Limits()
        limits.maxSize = config.audit.maxSize
        audit =
            old.map(\.audit)
            ?? store.map { [limits] in AuditWriter($0.audit, limits: limits, observe: observe, logger: logger) }
        context = PluginContext(config, store: store, audit: audit, carrying: old, logger: logger)
        uploadSignal = old?.uploadSignal ?? AsyncSignal()
        hosts = context.hosts
        let tree = context.tree
        let (plugins, problems) = config.makePlugins(context)
        guard problems.isEmpty else { throw ConfigError(problems) }
        runtime = Runtime(plugins: plugins, tree: tree, readers: config.rsync.readers, logger: logger)
        serving = old?.serving ?? Serving(.init(runtime: runtime, hosts: hosts))
        registrar = Registrar(
            schools: config.linbo.schools, root: config.linbo.root, settings: config.registration,
            newcomers: hosts.newcomers, neighbour: { [hosts] in hosts.neighbour(at: $0) }, logger: logger)
        let desk = UploadDesk(
            paths: config.uploadPaths, settings: config.uploads, tree: tree,
            registrar: registrar,
            events: context.events, logger: logger)
        publisher = SetPublisher(
            desk: desk, store: ImageStore(root: config.linbo.root, work: config.uploadPaths.swap), tree: tree,
            plugins: plugins, hosts: hosts, marks: context.marks,
            report: PublishReport(
                audit: audit, history: store?.images, events: context.events, changed: config.followUpQueue,
                logger: logger),
            logger: logger)
        hooks = RsyncHooks(
            runtime: runtime, hosts: hosts, paths: ViewPaths(base: config.linbo.views),
            group: Self.group(config.rsync.group), audit: audit,
            desk: desk, marks: context.marks, endedUploads: old?.hooks.uploads.endedUploads ?? EndedUploads(),
            logger: logger, wake: { [uploadSignal] in uploadSignal.send() })
    }

    /// What shall run beside the daemon right now; of two of one name the admin's.
    package var wantedServices: [ServiceSpec] {
        let all = config.services + runtime.plugins.flatMap { ($0 as? any ServiceProvider)?.services() ?? [] }
        var names: Set<String> = []
        return all.filter { names.insert($0.name).inserted }
    }

    /// What jobs can be done.
    package var jobKinds: [JobKind] { runtime.plugins.flatMap { ($0 as? any JobProvider)?.jobKinds ?? [] } }

    /// What plugins count.
    var figures: [Figure] { runtime.plugins.flatMap { ($0 as? any Measured)?.figures() ?? [] } }

    /// What a reload puts in `serving`.
    package var parts: Serving.Parts { Serving.Parts(runtime: runtime, hosts: hosts) }

    /// Hosts that registered themselves and wait for an import, oldest first.
    package var newcomers: [Newcomer] {
        (hosts.newcomers?.waiting(in: hosts.devices) ?? []).sorted { ($0.at, $0.name) < ($1.at, $1.name) }
    }

    /// Gives hosts that registered themselves the rights of all others.
    package func admit(_ hosts: [Newcomer]) throws {
        try registrar.admit(hosts)
    }

    /// Only root can give a file to rsyncd's group; else rsyncd runs as the daemon's own user.
    private static func group(_ name: String) -> gid_t? {
        guard geteuid() == 0 else { return nil }
        return getgrnam(name)?.pointee.gr_gid
    }
}

extension PluginContext {
    init(
        _ config: Config, store: Store?, audit: AuditWriter? = nil, carrying old: Assembly? = nil, logger: Logger
    ) {
        let events = old?.context.events ?? EventBus(store?.events, logger: logger)
        self.init(
            tree: config.tree, store: store, hosts: HostDirectory(config, carrying: old, logger: logger),
            setup: SetupFile(path: config.linbo.setup), state: config.state, events: events,
            marks: old?.context.marks ?? WorkMarks(state: config.state),
            audit: audit, jobSignal: old?.context.jobSignal ?? AsyncSignal(),
            pcs: PCAccess(config.remote, keys: store.map { HostKeys($0) }, logger: logger),
            supervisor: old?.context.supervisor
                ?? Supervisor(logger: logger) { name, how in
                    events.publish(.serviceFailed, name, data: ["detail": how])
                }, logger: logger)
    }
}

extension HostDirectory {
    /// What an old one knows goes on, as long as it looks at the same files: they may be gone just now.
    fileprivate convenience init(_ config: Config, carrying old: Assembly?, logger: Logger) {
        let addresses = config.identity.addresses
        if let old, old.config.linbo.schools == config.linbo.schools {
            self.init(old.hosts, addresses: addresses)
        } else {
            self.init(
                schools: config.linbo.schools, named: config.location(of: "linbo.schools"), addresses: addresses,
                newcomers: Newcomers(state: config.state, root: config.linbo.root), state: config.state,
                logger: logger)
        }
    }
}

extension Config {
    /// The tree, with all guarded that is the server's own.
    package var tree: Tree { Tree(root: linbo.root, outside: linbo.outside, internals: internals) }

    /// Where bytes of single clients, uploads, the database, keys and secrets lie. Wherever that is, nobody is served
    /// from it.
    var internals: [String] {
        [linbo.views, uploadPaths.base, state, linbo.schools, linbo.setup, rsync.secrets, file]
    }

    /// The plugins whose sections are right, and what is wrong in the others.
    func makePlugins(_ context: PluginContext) -> (plugins: [any HookPlugin], problems: [Problem]) {
        var collector = ProblemCollector()
        let made = plugins.compactMap { choice in
            collector.collect { () throws(ConfigError) -> any HookPlugin in
                try choice.type.init(choice.section, context)
            }
        }
        return (made, collector.problems)
    }
}
