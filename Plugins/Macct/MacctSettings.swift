import Glibc
package import HookConfig
package import HookHost
import LinboModel

/// `plugins: - macct:` of the configuration.
package struct MacctSettings: Sendable {
    /// What `ldbsearch` and `ldbmodify` open: a path, or `ldapi://…`.
    package let sam: String
    /// Column 8 of devices.csv.
    package let allowedRoles: Set<String>
    /// Accounts in one transaction.
    package let batch: Int
    /// So long may a tool take.
    package let timeout: Duration
    /// So long is tried again what went wrong.
    package let retryFor: Duration
    private let location: SourceLocation

    /// PCs of pupils, teachers and staff, as linuxmuster names their roles.
    package static let usualRoles: Set = [
        "classroom-studentcomputer", "classroom-teachercomputer", "faculty-teachercomputer", "staffcomputer",
    ]
    /// Machines whose account must never be a PC's, whatever the configuration says.
    static let forbiddenRoles: Set = ["server", "addc"]

    /// - Throws: `ConfigError` for an unknown setting, an `ldap://` address, or a role that is forbidden.
    package init(_ section: PluginSection) throws(ConfigError) {
        let settings = try section.settings(
            for: Macct.name, known: ["sam", "allowed-roles", "batch", "timeout", "retry-for"])
        location = settings.location
        sam = try Self.sam(settings)
        allowedRoles = try Self.roles(settings)
        batch = try settings.integer("batch", in: 1...1000) ?? 200
        timeout = try settings.duration("timeout", in: .seconds(1)...Duration.seconds(600)) ?? .seconds(60)
        retryFor = try settings.duration("retry-for", in: .zero...Duration.seconds(86_400)) ?? .seconds(3600)
    }

    func problems() -> [Problem] {
        var problems: [Problem] = []
        func add(_ what: String, fix: String) {
            problems.append(Problem(location: location, what: what, fix: fix, severity: .warning))
        }
        if sam.first == "/", access(sam, F_OK) != 0 {
            add("macct: there is no \(sam)", fix: "set sam, or run linbo-hookd on the domain controller")
        }
        for program in ["ldbsearch", "ldbmodify"] where !Self.isInstalled(program) {
            add("macct: \(program) is not there", fix: "apt-get install ldb-tools samba-dsdb-modules")
        }
        return problems
    }

    private static func isInstalled(_ program: String) -> Bool {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    static let usualSam = "/var/lib/samba/private/sam.ldb"

    private static func sam(_ settings: Settings) throws(ConfigError) -> String {
        guard let text = try settings.text("sam") else { return usualSam }
        let location = settings.node("sam")?.location ?? settings.location
        if text.hasPrefix("ldap://") || text.hasPrefix("ldaps://") {
            throw ConfigError(
                "sam '\(text)': Samba neither shows nor takes hashes over the network",
                fix: "forward the domain controller's socket by ssh and write ldapi://…, as the plugin's README shows",
                at: location)
        }
        if text.hasPrefix("ldapi://") {
            guard text.utf8.count > "ldapi://".utf8.count, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw ConfigError(
                    "sam '\(text)' is no socket's address",
                    fix:
                        "write it with %2F for each slash: ldapi://%2Fvar%2Flib%2Fsamba%2Fprivate%2Fldap_priv%2Fldapi",
                    at: location)
            }
            return text
        }
        return try settings.path("sam") ?? text
    }

    private static func roles(_ settings: Settings) throws(ConfigError) -> Set<String> {
        guard let items = try settings.list("allowed-roles") else { return usualRoles }
        var roles: Set<String> = []
        for item in items {
            let role = try item.asText("allowed-roles")
            guard !forbiddenRoles.contains(role.lowercased()), !role.isEmpty else {
                throw ConfigError(
                    "role '\(role)' must never get an image's account", fix: "take it out of allowed-roles",
                    at: item.location)
            }
            roles.insert(role)
        }
        return roles
    }
}
