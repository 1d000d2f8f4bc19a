import HookConfig
import HookHost

/// `plugins: - grub-img:` of the configuration.
struct GrubSettings: Sendable {
    /// A directory with templates of the admin's; a file that is not there is the shipped one.
    let templates: String?
    /// Seconds that menus wait; 0 boots LINBO at once.
    let timeout: Int
    /// A directory of `boot/grub/themes`; used if menus wait.
    let theme: String
    /// Debian's GRUB.
    let grub: String
    let program: String
    /// Modules in images besides the usual ones.
    let modules: [String]
    /// nil: all cores.
    let jobs: Int?
    let secureBoot: Bool
    /// How long a reboot into a kernel stays asked for.
    let rebootExpires: Duration

    init(_ section: PluginSection) throws(ConfigError) {
        let settings = try section.settings(
            for: GrubImg.name,
            known: [
                "template", "timeout", "theme", "grub", "grub-mkimage", "modules", "jobs", "secure-boot",
                "reboot-expires",
            ])
        templates = try settings.path("template")
        timeout = Int(try settings.duration("timeout", in: .zero...Duration.seconds(3600))?.components.seconds ?? 0)
        theme = try Self.word("theme", settings) ?? "linbo"
        grub = try settings.path("grub") ?? "/usr/lib/grub"
        program = try settings.path("grub-mkimage") ?? "/usr/bin/grub-mkimage"
        modules = try Self.modules(settings)
        jobs = try settings.integer("jobs", in: 1...1024)
        secureBoot = try settings.bool("secure-boot") ?? false
        rebootExpires =
            try settings.duration("reboot-expires", in: .seconds(10)...Duration.seconds(86_400)) ?? .seconds(600)
    }

    private static func modules(_ settings: Settings) throws(ConfigError) -> [String] {
        var modules: [String] = []
        for node in try settings.list("modules") ?? [] {
            modules.append(try checked(try node.asText("modules"), "modules", node))
        }
        return modules
    }

    private static func word(_ key: String, _ settings: Settings) throws(ConfigError) -> String? {
        guard let node = settings.node(key) else { return nil }
        return try checked(try node.asText(key), key, node)
    }

    /// One component of a path, and no option of a program.
    private static func checked(_ text: String, _ key: String, _ node: ConfigNode) throws(ConfigError) -> String {
        let isWord = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isWord, !text.isEmpty, !text.hasPrefix("-") else {
            throw ConfigError(
                "'\(text)' is no name in \(key)", fix: "write letters, digits, - and _", at: node.location)
        }
        return text
    }
}
