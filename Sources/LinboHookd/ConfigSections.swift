import Glibc
import HookConfig
package import HookHost
import LinboModel

/// `linbo:` the tree and who is who.
package struct LinboSection: Sendable {
    /// The shared tree.
    package let root: String
    /// Below it, `<school>/…devices.csv`.
    package let schools: String
    /// Clients' views; on the filesystem of the tree, as they are made of hard links.
    package let views: String
    /// Files outside the tree that symlinks in it may lead to.
    package let outside: [String]
    /// linuxmuster's `setup.ini`.
    package let setup: String
    /// linuxmuster's list of the school's networks, to wake PCs of those that this server is not in.
    package let subnets: String

    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        let settings = try Settings(
            node, name: "linbo", at: location, known: ["root", "schools", "views", "outside", "setup", "subnets"])
        root = try settings.path("root") ?? "/srv/linbo"
        schools = try settings.path("schools") ?? "/etc/linuxmuster/sophomorix"
        views = try settings.path("views") ?? "\(root)/\(TreePath.internalDirectory)"
        outside = try settings.paths("outside") ?? []
        setup = try settings.path("setup") ?? "/var/lib/linuxmuster/setup.ini"
        subnets = try settings.path("subnets") ?? "/etc/linuxmuster/subnets.csv"
    }
}

/// `hook:` how long things may take.
package struct HookSection: Sendable {
    /// Without a sign of life from the daemon for so long, linbo-hook runs `linbo-hookd once`.
    package let wait: Duration
    /// Between two looks for connections that died without `post`.
    package let sweep: Duration
    /// A connection that has not moved for so long is ended.
    package let stalled: Duration

    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        let settings = try Settings(node, name: "hook", at: location, known: ["wait", "sweep", "stalled"])
        // Shorter than the daemon's sign of life every 400 ms, every held request would look like a dead daemon.
        wait = try settings.duration("wait", in: .seconds(1)...Duration.seconds(600)) ?? .seconds(2)
        sweep = try settings.duration("sweep", in: .milliseconds(100)...Duration.seconds(3600)) ?? .seconds(10)
        stalled = try settings.duration("stalled", in: .seconds(1)...Duration.seconds(86_400 * 7)) ?? .seconds(7200)
    }
}

/// `rsync:` what rsyncd's modules run as; for `linboctl rsyncd-conf`, and so that rsyncd can read what is made.
package struct RsyncSection: Sendable {
    /// `rsync.user`, a name or a number; `nobody` by default.
    package let user: String
    /// Reads what is made for clients. Other services than rsyncd must not be in it.
    package let group: String
    /// Of the module for uploads.
    package let secrets: String
    /// rsyncd's own configuration, for `check`.
    package let conf: String
    /// Where rsyncd listens, if not where its configuration says; to see how far its transfers are.
    package let port: UInt16?
    /// rsyncd ends a connection that is silent for so long.
    package let timeout: Duration
    /// To the module for downloads, of all clients together.
    package let maxConnections: Int

    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        let settings = try Settings(
            node, name: "rsync", at: location,
            known: ["user", "group", "secrets", "conf", "port", "timeout", "max-connections"])
        conf = try settings.path("conf") ?? "/etc/rsyncd.conf"
        user = try settings.text("user") ?? "nobody"
        group = try settings.text("group") ?? (getgrnam(Self.ownGroup) == nil ? Self.sharedGroup : Self.ownGroup)
        secrets = try settings.path("secrets") ?? "/etc/rsyncd.secrets"
        timeout = try settings.duration("timeout", in: .seconds(60)...Duration.seconds(86_400)) ?? .seconds(600)
        port = try settings.integer("port", in: 1...65_535).map { UInt16($0) }
        maxConnections = try settings.integer("max-connections", in: 10...100_000) ?? 2000
    }

    /// Only root's rsyncd runs as somebody else. An unknown user is told of elsewhere, and serves nobody.
    var readers: Readers {
        guard geteuid() == 0 else { return Readers(rsync: .own, tftp: .own) }
        let uid = UInt32(user) ?? getpwnam(user)?.pointee.pw_uid
        let gid = UInt32(group) ?? getgrnam(group)?.pointee.gr_gid
        return Readers(
            rsync: uid.map { Reader(user: $0, groups: Set([gid].compactMap { $0 })) } ?? .others, tftp: .others)
    }

    /// Made at the installation; without it rsyncd's usual group is left, which other services have, too.
    package static let ownGroup = "linbo-hookd"
    /// rsyncd's usual group on Debian: other services may have it, too, and `check` warns of it.
    package static let sharedGroup = "nogroup"
}

/// `identity:` where a host with `DHCP` in devices.csv is looked up by its address, and when its MAC must be right.
package struct IdentitySection: Sendable {
    /// The neighbour table and the lease files, and when a MAC must be right.
    package let addresses: AddressTable

    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        let settings = try Settings(
            node, name: "identity", at: location, known: ["neighbours", "leases", "verify-mac"])
        let neighbours = try settings.path("neighbours") ?? "/proc/net/arp"
        let check = try settings.bool("verify-mac").map { $0 ? MACCheck.always : .never } ?? .onLocalLinks
        guard let items = try settings.list("leases") else {
            addresses = AddressTable(neighbours: neighbours, check: check)
            return
        }
        var files: [AddressTable.LeaseFile] = []
        for item in items { files.append(try Self.leaseFile(item)) }
        addresses = AddressTable(neighbours: neighbours, leaseFiles: files, check: check)
    }

    private static func leaseFile(_ item: ConfigNode) throws(ConfigError) -> AddressTable.LeaseFile {
        guard case .map(let entries) = item.value, entries.count == 1 else {
            throw ConfigError(
                "not a lease file", fix: "write `- isc: /var/lib/dhcp/dhcpd.leases`, or dnsmasq: or kea:",
                at: item.location)
        }
        guard let format = LeaseFormat(rawValue: entries[0].key) else {
            throw ConfigError([
                Settings.unknownKey(
                    entries[0].key, in: "identity.leases", known: LeaseFormat.allCases.map(\.rawValue),
                    at: entries[0].location)
            ])
        }
        return .init(path: try entries[0].value.asPath(entries[0].key), format: format)
    }
}

/// `audit:` how long the audit log is kept, and how large it may get.
package struct AuditSection: Sendable {
    /// Rows that are older go; 90 days by default.
    package let keep: Duration
    /// Of the database's file, in bytes.
    package let maxSize: Int64

    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        let settings = try Settings(node, name: "audit", at: location, known: ["keep", "max-size"])
        keep =
            try settings.duration("keep", in: .seconds(3600)...Duration.seconds(86_400 * 3650)) ?? .seconds(86_400 * 90)
        maxSize = try settings.size("max-size", in: (16 << 20)...(1 << 40)) ?? 1 << 30
    }
}
