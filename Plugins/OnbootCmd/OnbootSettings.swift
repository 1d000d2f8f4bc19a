import HookConfig
import HookHost

/// `plugins: - onboot-cmd:` of the configuration.
struct OnbootSettings: Sendable {
    /// rsyncd's secrets; its line of user `linbo` is the password item of commands with uploads.
    let secrets: String
    /// How long a second connection waits for the outcome of the first.
    let wait: Duration
    /// A command that no PC has fetched by then is forgotten, if whoever adds it says nothing else; nil: never.
    let expires: Duration?

    init(_ section: PluginSection) throws(ConfigError) {
        let settings = try section.settings(for: OnbootCmd.name, known: ["secrets", "wait", "expires"])
        secrets = try settings.path("secrets") ?? "/etc/rsyncd.secrets"
        wait = try settings.duration("wait", in: .zero...Duration.seconds(60)) ?? .seconds(20)
        expires =
            try settings.text("expires") == "never"
            ? nil
            : try settings.duration("expires", in: .seconds(60)...Duration.seconds(86_400 * 365)) ?? .seconds(43_200)
    }
}
