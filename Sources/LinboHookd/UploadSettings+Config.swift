import HookConfig
import LinboModel
import Uploads

extension UploadSettings {
    /// `uploads:` what clients send.
    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        self.init()
        let settings = try Settings(
            node, name: "uploads", at: location,
            known: [
                "basis", "keep-free", "info-wait", "settle", "stalled", "keep", "least-speed", "slow-after", "longest",
                "at-once", "at-once-per-address", "per-address", "in-all", "iso", "iso-size", "iso-keep-free",
                "iso-backups",
            ])
        if let basis = try settings.choice("basis", of: Basis.self) { self.basis = basis }
        if let size = try settings.size("keep-free", in: 0...(1 << 50)) { keepFree = size }
        infoWait = try settings.duration("info-wait", in: .seconds(1)...Duration.seconds(86_400)) ?? infoWait
        settle = try settings.duration("settle", in: .milliseconds(100)...Self.longestSettle) ?? settle
        stalled = try settings.duration("stalled", in: .seconds(1)...Duration.seconds(86_400)) ?? stalled
        try readLimits(settings)
        keep = try settings.duration("keep", in: .seconds(60)...Duration.seconds(86_400 * 365)) ?? keep
    }

    private mutating func readLimits(_ settings: Settings) throws(ConfigError) {
        let sizes: ClosedRange<Int64> = (1 << 20)...(1 << 50)
        leastSpeed = try settings.size("least-speed", in: 0...(1 << 30)) ?? leastSpeed
        slowAfter = try settings.duration("slow-after", in: .seconds(1)...Duration.seconds(86_400)) ?? slowAfter
        longest = try settings.duration("longest", in: .seconds(1)...Duration.seconds(86_400 * 30)) ?? longest
        atOnce = try settings.integer("at-once", in: 1...1000) ?? atOnce
        atOncePerAddress = try settings.integer("at-once-per-address", in: 1...1000) ?? atOncePerAddress
        perAddress = try settings.size("per-address", in: sizes) ?? perAddress
        inAll = try settings.size("in-all", in: sizes) ?? inAll
        takesISOs = try settings.bool("iso") ?? takesISOs
        isoSize = try settings.size("iso-size", in: sizes) ?? isoSize
        isoKeepFree = try settings.size("iso-keep-free", in: 0...(1 << 50)) ?? isoKeepFree
        isoBackups = try settings.integer("iso-backups", in: 0...100) ?? isoBackups
    }
}
