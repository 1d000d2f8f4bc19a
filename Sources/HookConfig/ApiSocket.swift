import LinboModel

/// `api.socket`: where the daemon answers linboctl.
package enum ApiSocket {
    private static let usual = "/run/linbo-hookd/hook.sock"
    private static let name = "api.sock"

    /// - Parameter hooks: `socket` of the configuration, beside which it lies by default.
    package static func beside(_ hooks: String) -> String {
        (hooks.split(separator: "/").dropLast().map { "/\($0)" } + ["/\(name)"]).joined()
    }

    /// As it stands in a configuration, whatever else stands there.
    /// - Throws: `ConfigError` if the text is no YAML.
    package static func path(in text: String, file: String) throws(ConfigError) -> String {
        let root = try ConfigNode(yaml: text, file: file)
        func value(_ setting: String) -> String? { root.find(setting).flatMap { try? $0.asText(setting) } }
        return value("api.socket") ?? beside(value("socket") ?? usual)
    }
}
