import HookConfig
import LinboModel
import Remote

extension RemoteSettings {
    /// `remote:` how PCs that run LINBO are reached.
    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        self.init()
        let settings = try Settings(
            node, name: "remote", at: location,
            known: ["key", "port", "at-once", "seen", "lost", "limits", "log-directory"])
        key = try settings.path("key")
        port = try settings.integer("port", in: 1...65_535).map { UInt16($0) } ?? port
        atOnce = try settings.integer("at-once", in: 1...500) ?? atOnce
        seen = try settings.duration("seen", in: .zero...Duration.seconds(3600)) ?? seen
        lost = try settings.duration("lost", in: .seconds(1)...Duration.seconds(3600)) ?? lost
        logDirectory = try settings.path("log-directory") ?? logDirectory
        let words = Self.usualLimits.keys.sorted()
        let section = try Settings(settings.node("limits"), name: "remote.limits", at: location, known: words)
        for word in words {
            limits[word] = try section.duration(word, in: .seconds(1)...Duration.seconds(86_400))
        }
    }
}
