import HookConfig
import LinboModel
import Uploads

extension UploadSettings {
    /// `uploads:` what clients send.
    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        self.init()
        let settings = try Settings(
            node, name: "uploads", at: location,
            known: ["basis", "keep-free", "info-wait", "settle", "stalled", "keep"])
        if let basis = try settings.choice("basis", of: Basis.self) { self.basis = basis }
        if let size = try settings.size("keep-free", in: 0...(1 << 50)) { keepFree = size }
        infoWait = try settings.duration("info-wait", in: .seconds(1)...Duration.seconds(86_400)) ?? infoWait
        settle = try settings.duration("settle", in: .milliseconds(100)...Self.longestSettle) ?? settle
        stalled = try settings.duration("stalled", in: .seconds(1)...Duration.seconds(86_400)) ?? stalled
        keep = try settings.duration("keep", in: .seconds(60)...Duration.seconds(86_400 * 365)) ?? keep
    }
}
