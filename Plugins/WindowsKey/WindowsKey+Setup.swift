import HookConfig
import HookHost
import LinboModel

extension WindowsKey {
    /// The section of the configuration, checked.
    struct Options: Sendable {
        /// nil: keys come from devices.csv only.
        let pool: KeyPool?
        /// Instead of setup.ini's.
        let sambaDomain: String?
        /// Instead of setup.ini's `domainname`.
        let joinDomain: String?
        let injectsRunOnce: Bool
    }

    enum KeySource: String, CaseIterable {
        case devices, pool
    }

    enum Injection: String, CaseIterable {
        case none, runonce
    }
}

extension WindowsKey.Options {
    init(_ section: PluginSection, tree: Tree) throws(ConfigError) {
        let known = ["keys", "pool", "sambadomain", "join-domain", "inject"]
        let settings = try section.settings(for: WindowsKey.name, known: known)
        pool = try Self.pool(settings, tree: tree)
        sambaDomain = try Self.domain("sambadomain", settings)
        joinDomain = try Self.domain("join-domain", settings)
        injectsRunOnce = try settings.choice("inject", of: WindowsKey.Injection.self) == .runonce
    }

    private static func pool(_ settings: Settings, tree: Tree) throws(ConfigError) -> KeyPool? {
        let source = try settings.choice("keys", of: WindowsKey.KeySource.self) ?? .devices
        guard let path = try settings.path("pool") else {
            if source == .devices { return nil }
            throw ConfigError(
                "keys: pool without a pool", fix: "write `pool: /absolute/file`", at: settings.location)
        }
        let location = settings.node("pool")?.location ?? settings.location
        guard source == .pool else {
            throw ConfigError(
                "pool is set, but keys come from devices.csv", fix: "write `keys: pool`, or take `pool` out",
                at: location)
        }
        guard path != tree.root, !path.hasPrefix(tree.root + "/") else {
            throw ConfigError(
                "the key pool \(path) lies in the tree that every client can read",
                fix: "move it out of \(tree.root)", at: location)
        }
        return try KeyPool(path: path, at: location)
    }

    private static func domain(_ key: String, _ settings: Settings) throws(ConfigError) -> String? {
        guard let text = try settings.text(key) else { return nil }
        guard DomainText.isValid(text) else {
            throw ConfigError(
                "\(key) is no domain's name", fix: "use 1 to 255 of A-Z, a-z, 0-9, '.', '-' and '_'",
                at: settings.node(key)?.location ?? settings.location)
        }
        return text
    }
}

/// Names of domains, long and short: nothing in them needs an escape in a registry or an XML file.
enum DomainText {
    static func isValid(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy(isAllowed)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
