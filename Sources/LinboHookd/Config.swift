package import DHCP
package import HookConfig
package import HookHost
package import LinboModel
import LinuxKit
package import Registration
package import Remote
package import Supervision
package import TFTPTransport
package import Uploads

/// `etc/linbo-hookd.yaml`, parsed: every value valid by itself. What needs the disk is checked by `Preflight`.
package struct Config: Sendable {
    /// As given on the command line: what errors and `rsyncd-conf` name.
    package let file: String
    /// `linbo:`.
    package let linbo: LinboSection
    /// `state:` the directory of what outlives a restart; absolute.
    package internal(set) var state: String
    /// `socket:` where linbo-hook asks; a path of at most 107 bytes.
    package let socket: String
    /// Where linboctl asks.
    package let apiSocket: String
    /// `hook:`.
    package let hook: HookSection
    /// `rsync:`.
    package let rsync: RsyncSection
    /// `identity:`.
    package let identity: IdentitySection
    /// `uploads:`.
    package let uploads: UploadSettings
    /// `registration:`.
    package let registration: RegistrationSettings
    /// `audit:`.
    package let audit: AuditSection
    /// `tftp:`.
    package internal(set) var tftp: TFTPSettings
    /// `metrics:`.
    package let metrics: MetricsSection
    /// nil: no DHCP server is configured from here.
    package let dhcp: DHCPSettings?
    /// Programs to run after an image has changed.
    package let followUps: FollowUpSettings
    /// `schedules:`.
    package let schedules: SchedulesSection
    /// Programs of the admin's that run as long as the daemon.
    package let services: [ServiceSpec]
    /// `remote:`.
    package let remote: RemoteSettings
    /// `plugins:` in the order of the file, which is that of the chain; each at most once.
    package let plugins: [PluginChoice]
    private let node: ConfigNode

    /// A line of `plugins:`: the name, and its settings as they stand.
    package struct PluginChoice: Sendable {
        /// One of `pluginRegistry`.
        package let type: any HookPlugin.Type
        /// Read by the plugin's initialiser, not before.
        package let section: PluginSection
    }

    /// Reads and parses a file.
    /// - Throws: `ConfigError` with every problem found, each with file, line, column and fix.
    package init(file: String, known: [any HookPlugin.Type] = pluginRegistry) throws(ConfigError) {
        try self.init(yaml: try ConfigFile.text(of: file), file: file, known: known)
    }

    /// The same with the file's text read already.
    /// - Throws: `ConfigError` with every problem found.
    package init(
        yaml text: String, file: String, known: [any HookPlugin.Type] = pluginRegistry
    ) throws(ConfigError) {
        try self.init(try ConfigNode(yaml: text, file: file), file: file, known: known)
    }

    /// Of what was parsed already.
    package init(
        _ node: ConfigNode, file: String, known: [any HookPlugin.Type] = pluginRegistry
    ) throws(ConfigError) {
        let top = SourceLocation(file: file, line: 1, column: 1)
        let root = try Settings(
            node, name: "the configuration", at: top,
            known: [
                "linbo", "state", "socket", "api", "hook", "rsync", "identity", "uploads", "registration", "audit",
                "tftp",
                "metrics",
                "services", "remote", "schedules", "dhcp", "after-publish", "after-rollback", "plugins",
            ])
        var collector = ProblemCollector()
        self.file = file
        self.node = node
        let linbo = collector.collect { () throws(ConfigError) in try LinboSection(root.node("linbo"), at: top) }
        let state = collector.collect { () throws(ConfigError) in try root.path("state") ?? "/var/lib/linbo-hookd" }
        let socket = collector.collect { () throws(ConfigError) in try Self.socket(root) }
        let apiSocket = collector.collect { () throws(ConfigError) in try Self.apiSocket(root, at: top) }
        let hook = collector.collect { () throws(ConfigError) in try HookSection(root.node("hook"), at: top) }
        let rsync = collector.collect { () throws(ConfigError) in try RsyncSection(root.node("rsync"), at: top) }
        let identity = collector.collect { () throws(ConfigError) in
            try IdentitySection(root.node("identity"), at: top)
        }
        let uploads = collector.collect { () throws(ConfigError) in
            try UploadSettings(root.node("uploads"), at: top)
        }
        let registration = collector.collect { () throws(ConfigError) in
            try RegistrationSettings(root.node("registration"), at: top)
        }
        let audit = collector.collect { () throws(ConfigError) in try AuditSection(root.node("audit"), at: top) }
        let tftp = collector.collect { () throws(ConfigError) in try TFTPSettings(root.node("tftp"), at: top) }
        let metrics = collector.collect { () throws(ConfigError) in
            try MetricsSection(root.node("metrics"), at: top)
        }
        let dhcp = collector.collect { () throws(ConfigError) in try DHCPSettings(root.node("dhcp"), at: top) }
        let remote = collector.collect { () throws(ConfigError) in try RemoteSettings(root.node("remote"), at: top) }
        let schedules = collector.collect { () throws(ConfigError) in
            try SchedulesSection(root.node("schedules"), at: top)
        }
        let services = collector.collect { () throws(ConfigError) in try ServicesSection(root).specs }
        let followUps = collector.collect { () throws(ConfigError) in try FollowUpSettings(root) }
        let plugins = collector.collect { () throws(ConfigError) in try Self.plugins(root, known: known) }
        guard let linbo, let state, let socket, let apiSocket, let hook, let rsync, let identity, let uploads,
            let registration,
            let audit, let tftp,
            let metrics, let dhcp, let services, let remote, let schedules, let followUps, let plugins
        else { throw ConfigError(collector.problems) }
        self.linbo = linbo
        self.state = state
        self.socket = socket
        self.apiSocket = apiSocket
        self.hook = hook
        self.rsync = rsync
        self.identity = identity
        self.uploads = uploads
        self.registration = registration
        self.audit = audit
        self.tftp = tftp
        self.metrics = metrics
        self.dhcp = dhcp
        self.schedules = schedules
        self.services = services
        self.remote = remote
        self.followUps = followUps
        self.plugins = plugins
    }

    /// Where it is noted that an image has changed; nil: nobody wants to know.
    package var followUpQueue: FollowUpQueue? { followUps.isEmpty ? nil : FollowUpQueue(state: state) }

    /// Beside the views, as both are on the tree's filesystem.
    package var uploadPaths: UploadPaths { UploadPaths(base: "\(linbo.views)/uploads") }

    /// On the tree's filesystem.
    var space: FreeSpace {
        get throws(SystemError) { try FreeSpace(at: linbo.root, keeping: uploads.keepFree) }
    }

    /// Where a setting such as `linbo.root` or `tftp.listen.0` stands; of one that does not, where it would.
    package func location(of setting: String) -> SourceLocation { node.location(of: setting) }

    /// Whether a setting, or all below it, is another than in `other`.
    func differs(from other: Config, in setting: String) -> Bool {
        node.find(setting)?.plain != other.node.find(setting)?.plain
    }

    /// Whether `plugins:` names it.
    package func enables(_ plugin: PluginName) -> Bool { plugins.contains { $0.type.name == plugin } }

    /// Whether it stands in the file, and is no default.
    func names(_ setting: String) -> Bool { node.find(setting) != nil }

    private static func socket(_ root: Settings) throws(ConfigError) -> String {
        try fitting(root, "socket") ?? "/run/linbo-hookd/hook.sock"
    }

    /// Beside the hooks' socket, if nothing else is said.
    private static func apiSocket(_ root: Settings, at top: SourceLocation) throws(ConfigError) -> String {
        let settings = try Settings(root.node("api"), name: "api", at: top, known: ["socket"])
        if let path = try fitting(settings, "socket") { return path }
        return ApiSocket.beside(try socket(root))
    }

    /// unix(7): a socket's path has room for 107 bytes.
    private static func fitting(_ settings: Settings, _ key: String) throws(ConfigError) -> String? {
        guard let path = try settings.path(key) else { return nil }
        guard path.utf8.count <= 107 else {
            throw ConfigError(
                "the socket's path has \(path.utf8.count) bytes",
                fix: "107 is the kernel's limit: choose a shorter one",
                at: settings.node(key)?.location ?? settings.location)
        }
        return path
    }

    // MARK: plugins

    private static func plugins(
        _ root: Settings, known: [any HookPlugin.Type]
    ) throws(ConfigError) -> [PluginChoice] {
        var choices: [PluginChoice] = []
        var problems: [Problem] = []
        for item in try root.list("plugins") ?? [] {
            do throws(ConfigError) {
                let choice = try self.choice(item, known: known)
                if choices.contains(where: { $0.type.name == choice.type.name }) {
                    throw ConfigError("plugin \(choice.type.name) stands twice", fix: "keep one", at: item.location)
                }
                choices.append(choice)
            } catch {
                problems += error.problems
            }
        }
        guard problems.isEmpty else { throw ConfigError(problems) }
        return choices
    }

    private static func choice(
        _ item: ConfigNode, known: [any HookPlugin.Type]
    ) throws(ConfigError) -> PluginChoice {
        let entry = try named(item)
        for type in known where type.name.description == entry.name {
            return PluginChoice(type: type, section: entry.section)
        }
        let names = known.map { type in type.name.description }
        let nearest = nearestWord(to: entry.name, in: names).map { "did you mean '\($0)'?" }
        throw ConfigError(
            "unknown plugin '\(entry.name)'", fix: nearest ?? "known: \(names.joined(separator: ", "))",
            at: item.location)
    }

    /// `- name`, or `- name:` with settings below.
    private static func named(_ item: ConfigNode) throws(ConfigError) -> (name: String, section: PluginSection) {
        if case .text(let text) = item.value {
            return (text, PluginSection(node: nil, location: item.location))
        }
        if case .map(let entries) = item.value, let entry = entries.first, entries.count == 1 {
            return (entry.key, PluginSection(node: entry.value, location: entry.location))
        }
        throw ConfigError(
            "not a plugin", fix: "write `- name` or `- name:` with its settings indented below", at: item.location)
    }
}

/// Gathers the problems of several sections, so that an admin sees them all at once.
struct ProblemCollector {
    private(set) var problems: [Problem] = []

    /// - Returns: nil if `body` threw; its problems are kept.
    mutating func collect<Value>(_ body: () throws(ConfigError) -> Value) -> Value? {
        do throws(ConfigError) {
            return try body()
        } catch {
            problems += error.problems
            return nil
        }
    }
}
