import DHCP
import HookConfig
import LinboModel

extension DHCPSettings {
    private static let keys = ["server", "file", "main", "next-server", "checker", "reload", "http-boot"]

    /// `dhcp:`; nil if there is none.
    init?(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        guard let node else { return nil }
        let settings = try Settings(node, name: "dhcp", at: location, known: Self.keys)
        guard let server = try settings.choice("server", of: DHCPServer.self) else {
            throw ConfigError(
                "dhcp without its server", fix: "add `server: isc`, or dnsmasq, or kea", at: node.location)
        }
        guard let file = try settings.path("file") else {
            throw ConfigError(
                "dhcp without its file", fix: "add `file: \(server.usualFile)`, which the server includes",
                at: node.location)
        }
        let main = try settings.path("main")
        if server == .dnsmasq, let node = settings.node("main") {
            throw ConfigError(
                "dhcp.main is for isc and kea", fix: "take it out: dnsmasq checks the file alone", at: node.location)
        }
        self.init(
            server: server, file: file, nextServer: try Self.address(settings.node("next-server")), main: main,
            checker: try settings.path("checker"), reload: try Self.command(settings),
            httpBoot: try Self.base(settings.node("http-boot")))
    }

    private static func address(_ node: ConfigNode?) throws(ConfigError) -> IPAddress? {
        guard let node else { return nil }
        let text = try node.asText("next-server")
        guard let address = IPAddress(text), address.isIPv4 else {
            throw ConfigError(
                "next-server '\(text)' is no IPv4 address", fix: "write one such as 10.0.0.1", at: node.location)
        }
        return address
    }

    private static func command(_ settings: Settings) throws(ConfigError) -> [String] {
        var words: [String] = []
        for item in try settings.list("reload") ?? [] { words.append(try item.asText("reload")) }
        return words
    }

    /// The tree by HTTP: nothing in it that could end a quoted text.
    private static func base(_ node: ConfigNode?) throws(ConfigError) -> String? {
        guard let node else { return nil }
        let text = try node.asText("http-boot")
        let allowed = Array("-._~:/[]%".utf8)
        let isHarmless = text.utf8.allSatisfy { byte in
            allowed.contains(byte) || Character(Unicode.Scalar(byte)).isLetter
                || Character(Unicode.Scalar(byte)).isNumber
        }
        guard text.hasPrefix("http://") || text.hasPrefix("https://"), text.utf8.count <= 90, isHarmless,
            text.last != "/"
        else {
            throw ConfigError(
                "http-boot '\(text)' is no address of a web server", fix: "write one such as http://10.0.0.1",
                at: node.location)
        }
        return text
    }
}

extension DHCPServer {
    /// A file that Debian's package of the server includes, or that AppArmor lets it read.
    fileprivate var usualFile: String {
        switch self {
        case .isc: "/etc/dhcp/linbo.conf"
        case .dnsmasq: "/etc/dnsmasq.d/linbo.conf"
        case .kea: "/etc/kea/linbo.json"
        }
    }
}
