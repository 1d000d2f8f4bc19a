import HookConfig
package import LinboModel

/// `metrics:` where Prometheus may ask.
package struct MetricsSection: Sendable {
    /// nil: nowhere.
    package let listen: ListenAddress?

    static let defaultPort: UInt16 = 9469

    init(_ node: ConfigNode?, at location: SourceLocation) throws(ConfigError) {
        let settings = try Settings(node, name: "metrics", at: location, known: ["listen"])
        listen = try settings.node("listen")?.asListenAddress("listen", defaultPort: Self.defaultPort)
    }
}

extension ConfigNode {
    /// `10.0.0.1:69` or `[::]:69`; the port may be left out.
    func asListenAddress(_ key: String, defaultPort: UInt16) throws(ConfigError) -> ListenAddress {
        let text = try asText(key)
        guard let address = ListenAddress(text, defaultPort: defaultPort) else {
            throw ConfigError(
                "\(key) '\(text)' is no address and port",
                fix: "write \"0.0.0.0:\(defaultPort)\" or \"[::]:\(defaultPort)\"", at: location)
        }
        return address
    }
}
