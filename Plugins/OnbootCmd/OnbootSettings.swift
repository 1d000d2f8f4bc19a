import HookConfig
import HookHost

/// `plugins: - onboot-cmd:` of the configuration.
struct OnbootSettings: Sendable {
    /// rsyncd's secrets; its line of user `linbo` is the password item of commands with uploads.
    let secrets: String
    /// How long a second connection waits for the outcome of the first.
    let wait: Duration

    init(_ section: PluginSection) throws(ConfigError) {
        let settings = try section.settings(for: OnbootCmd.name, known: ["secrets", "wait"])
        secrets = try settings.path("secrets") ?? "/etc/rsyncd.secrets"
        wait = try settings.duration("wait", in: .zero...Duration.seconds(60)) ?? .seconds(20)
    }
}
