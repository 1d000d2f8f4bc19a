import HookConfig
import HookHost
import LinboModel

/// `plugins: - multicast:` of the configuration, in the words of `/etc/default/linbo-multicast`.
struct MulticastSettings: Sendable {
    /// A transfer begins with so many receivers, once `minSeconds` have passed since the first one came…
    let minClients: Int
    let minSeconds: Int
    /// …or after so many seconds with however many there are.
    let maxSeconds: Int
    /// The first port; each image has two.
    let portBase: UInt16
    /// How many images can have ports.
    let images: Int
    /// Of interfaces; nil: all that can broadcast.
    let interfaces: [String]?
    /// Kilobits a second of a sender, headers and repetitions included; nil: as fast as it can.
    let maxBitrate: Int?
    /// `STRIPESxREDUNDANCY/SIZE`: packets more, of which lost ones can be made; nil: none.
    let fec: String?
    /// A receiver that does not answer for about so long is given up.
    let stall: Int
    /// A PC that has got a list may use it for so long: until then its senders live.
    let keep: Duration
    /// Whose rights senders have.
    let user: String
    /// udp-sender's path.
    let program: String
    /// Where the plugin's name stands.
    let location: SourceLocation

    init(_ section: PluginSection) throws(ConfigError) {
        let settings = try section.settings(
            for: Multicast.name,
            known: [
                "port-base", "images", "min-clients", "min-seconds", "max-seconds", "interfaces", "max-bitrate", "fec",
                "stall", "keep", "user", "udp-sender",
            ])
        location = section.location
        images = try settings.integer("images", in: 1...10_000) ?? 200
        let base = try settings.integer("port-base", in: 1024...65_534) ?? 9000
        guard base % 2 == 0, base + 2 * images <= 65_536 else {
            throw ConfigError(
                base % 2 == 0
                    ? "\(images) images have two ports each from \(base) on, and there are no ports behind 65535"
                    : "port-base \(base) is odd: udpcast wants an even one",
                fix: base % 2 == 0 ? "write a lower port-base, or fewer images" : "write \(base - 1)",
                at: settings.node("port-base")?.location ?? section.location)
        }
        portBase = UInt16(base)
        minClients = try settings.integer("min-clients", in: 1...1000) ?? 15
        minSeconds = try settings.integer("min-seconds", in: 0...3600) ?? 30
        maxSeconds = try settings.integer("max-seconds", in: 1...3600) ?? 60
        guard minSeconds <= maxSeconds else {
            throw ConfigError(
                "min-seconds \(minSeconds) is more than max-seconds \(maxSeconds)",
                fix: "a transfer begins after max-seconds at the latest: write fewer min-seconds",
                at: settings.node("min-seconds")?.location ?? section.location)
        }
        stall = try settings.integer("stall", in: 5...600) ?? 20
        keep = try settings.duration("keep", in: .seconds(60)...Duration.seconds(7 * 86_400)) ?? .seconds(12 * 3600)
        user = try settings.text("user") ?? "nobody"
        program = try settings.path("udp-sender") ?? "/usr/bin/udp-sender"
        interfaces = try Self.interfaces(settings)
        maxBitrate = try Self.bitrate(settings)
        fec = try Self.fec(settings)
    }

    private static func interfaces(_ settings: Settings) throws(ConfigError) -> [String]? {
        guard let nodes = try settings.list("interfaces") else { return nil }
        var names: [String] = []
        for node in nodes {
            let name = try node.asText("interfaces")
            guard (1...15).contains(name.utf8.count), name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw ConfigError(
                    "\(quoted(name)) is no interface", fix: "`ip -brief address` lists them", at: node.location)
            }
            names.append(name)
        }
        return names
    }

    /// `900M` or `50000k`, as udp-sender takes it.
    private static func bitrate(_ settings: Settings) throws(ConfigError) -> Int? {
        guard let text = try settings.text("max-bitrate") else { return nil }
        let factors: [Character: Int] = ["k": 1, "K": 1, "m": 1000, "M": 1000, "G": 1_000_000]
        guard let factor = text.last.flatMap({ factors[$0] }), let number = Int(text.dropLast()),
            (1...100_000).contains(number)
        else {
            throw ConfigError(
                "max-bitrate \(quoted(text)) is no rate", fix: "write bits a second, such as 900M or 50000k",
                at: settings.node("max-bitrate")?.location ?? settings.location)
        }
        return number * factor
    }

    private static func fec(_ settings: Settings) throws(ConfigError) -> String? {
        guard let text = try settings.text("fec") else { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let counts = parts[0].split(separator: "x", omittingEmptySubsequences: false)
        let numbers = (counts + parts.dropFirst()).map { Int($0) ?? 0 }
        guard counts.count == 2, parts.count <= 2, numbers.allSatisfy({ (1...128).contains($0) }) else {
            throw ConfigError(
                "fec \(quoted(text)) is not right", fix: "write stripes x redundancy / size, such as 8x8/128",
                at: settings.node("fec")?.location ?? settings.location)
        }
        return text
    }
}
