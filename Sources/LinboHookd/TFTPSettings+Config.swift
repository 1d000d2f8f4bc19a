import HookConfig
import LinboModel
import TFTPTransport

/// `tftp:` of the configuration.
extension TFTPSettings {
    private static let keys = [
        "listen", "single-port", "ports", "max-blksize", "mtu-safe", "max-windowsize", "max-transfers",
        "transfers-per-client", "requests-per-second", "memory", "threads", "ignore-case", "log-transfers",
        "log-misses", "remap", "quirks",
    ]

    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        self.init()
        let settings = try Settings(node, name: "tftp", at: location, known: Self.keys)
        for item in try settings.list("listen") ?? [] {
            listen.append(try item.asListenAddress("listen", defaultPort: 69))
        }
        isSinglePort = try settings.bool("single-port") ?? isSinglePort
        ports = try Self.ports(settings.node("ports"))
        limits.blockSize =
            try settings.integer("max-blksize", in: OptionLimits.defaultBlock...OptionLimits.greatestBlock)
            ?? limits.blockSize
        limits.windowSize = try settings.integer("max-windowsize", in: 1...1024) ?? limits.windowSize
        isMTUSafe = try settings.bool("mtu-safe") ?? isMTUSafe
        transferLimit = try settings.integer("max-transfers", in: 1...100_000) ?? transferLimit
        transferLimitPerClient =
            try settings.integer("transfers-per-client", in: 1...100_000) ?? transferLimitPerClient
        requestRate = try settings.integer("requests-per-second", in: 0...1_000_000) ?? requestRate
        memoryLimit = try settings.integer("memory", in: 1...65_536).map { $0 << 20 } ?? memoryLimit
        threads = try settings.integer("threads", in: 1...64) ?? threads
        logsTransfers = try settings.bool("log-transfers") ?? logsTransfers
        logsMisses = try settings.bool("log-misses") ?? logsMisses
        names.ignoresCase = try settings.bool("ignore-case") ?? names.ignoresCase
        for item in try settings.list("remap") ?? [] { names.remaps.append(try Self.remap(item)) }
        for item in try settings.list("quirks") ?? [] { quirks.append(try Self.quirk(item)) }
        if isSinglePort, let ports = settings.node("ports") {
            throw ConfigError(
                "ports beside single-port: true", fix: "keep one: a single port needs no others", at: ports.location)
        }
    }

    // MARK: ports

    /// `49152-49400`, each port may carry any number of transfers.
    private static func ports(_ node: ConfigNode?) throws(ConfigError) -> ClosedRange<UInt16>? {
        guard let node else { return nil }
        let text = try node.asText("ports")
        let parts = text.split(separator: "-").map { UInt16(digits: $0.trimmed) }
        guard parts.count == 2, let first = parts[0], let last = parts[1], first > 0, first <= last else {
            throw ConfigError(
                "ports '\(text)' is no range", fix: "write FIRST-LAST, such as 49152-49400", at: node.location)
        }
        return first...last
    }

    // MARK: remap

    private static func remap(_ item: ConfigNode) throws(ConfigError) -> Remap {
        let settings = try Settings(item, name: "remap", at: item.location, known: ["exact", "prefix", "regex", "to"])
        guard let target = try settings.node("to")?.asText("to") ?? (settings.has("to") ? "" : nil) else {
            throw ConfigError("a remap without its target", fix: "add `to: PATH`", at: item.location)
        }
        switch (try settings.text("exact"), try settings.text("prefix"), try settings.text("regex")) {
        case (let name?, nil, nil): return Remap(exact: Self.relative(name), to: target)
        case (nil, let prefix?, nil): return Remap(prefix: Self.relative(prefix), to: target)
        case (nil, nil, let regex?):
            do {
                return try Remap(regex: regex, to: target)
            } catch {
                throw ConfigError(
                    "regex '\(regex)': \(error)", fix: "write it as Swift's Regex has it (Perl's notation)",
                    at: settings.node("regex")?.location ?? item.location)
            }
        default:
            throw ConfigError(
                "a remap with none or several of exact, prefix, regex", fix: "give exactly one of them",
                at: item.location)
        }
    }

    /// Names are compared without their leading slashes.
    private static func relative(_ name: String) -> String {
        String(name.drop { $0 == "/" })
    }

    // MARK: quirks

    private static func quirk(_ item: ConfigNode) throws(ConfigError) -> Quirk {
        let settings = try Settings(
            item, name: "quirk", at: item.location,
            known: ["mac", "options", "max-blksize", "max-windowsize", "ignore"])
        var quirk = Quirk()
        if let node = settings.node("mac") { quirk.macPrefix = try macPrefix(node) }
        quirk.options = try optionNames(settings, "options")
        quirk.refused = try optionNames(settings, "ignore")
        quirk.blockSize = try settings.integer(
            "max-blksize", in: OptionLimits.leastBlock...OptionLimits.greatestBlock)
        quirk.windowSize = try settings.integer("max-windowsize", in: 1...1024)
        guard !quirk.macPrefix.isEmpty || !quirk.options.isEmpty else {
            throw ConfigError(
                "a quirk for all clients",
                fix: "add `mac: \"00:11:22\"` or `options: [NAME]`, or set tftp's own limits",
                at: item.location)
        }
        guard quirk.blockSize != nil || quirk.windowSize != nil || !quirk.refused.isEmpty else {
            throw ConfigError(
                "a quirk that changes nothing", fix: "add max-blksize, max-windowsize or ignore", at: item.location)
        }
        return quirk
    }

    /// One to six bytes in hex, with `:` or `-` between them.
    private static func macPrefix(_ node: ConfigNode) throws(ConfigError) -> [UInt8] {
        let text = try node.asText("mac")
        let parts = text.split(whereSeparator: { $0 == ":" || $0 == "-" })
        let bytes = parts.compactMap { $0.count == 2 ? UInt8($0, radix: 16) : nil }
        guard (1...6).contains(parts.count), bytes.count == parts.count else {
            throw ConfigError(
                "mac '\(text)' is no beginning of a MAC", fix: "write its first bytes, such as \"52:54:00\"",
                at: node.location)
        }
        return bytes
    }

    private static let optionWords = ["blksize", "windowsize", "timeout", "tsize"]

    private static func optionNames(_ settings: Settings, _ key: String) throws(ConfigError) -> Set<String> {
        var names: Set<String> = []
        for item in try settings.list(key) ?? [] {
            let name = try item.asText(key).lowercased()
            // `options` may name any that a client sends; only these four can be ignored.
            guard key == "options" || optionWords.contains(name) else {
                throw ConfigError([
                    Settings.unknownKey(name, in: "quirk.\(key)", known: optionWords, at: item.location)
                ])
            }
            names.insert(name)
        }
        return names
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        drop { $0 == " " }.prefix { $0 != " " }
    }
}
