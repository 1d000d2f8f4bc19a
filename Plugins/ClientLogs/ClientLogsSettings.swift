import HookConfig
import HookHost
import LinboModel

/// `plugins: - client-logs:` of the configuration.
struct ClientLogsSettings: Sendable {
    /// Where upstream's programs look for the files; nil: `log` in the tree.
    let logDirectory: String?
    /// Where it is set, for problems with it.
    let location: SourceLocation
    /// A PC waits so long for its file to be fetched.
    let wait: Duration
    /// A PC whose ssh was silent is not waited for again for so long: a boot asks a dozen times.
    let silence: Duration
    /// Bytes of a file; one that is larger is not fetched.
    let largest: Int
    /// A kept log that has so many bytes is put aside when the next lines come.
    let rotate: Int

    init(_ section: PluginSection) throws(ConfigError) {
        let settings = try section.settings(
            for: ClientLogs.name, known: ["log-directory", "wait", "silence", "largest", "rotate"])
        logDirectory = try settings.path("log-directory")
        location = settings.node("log-directory")?.location ?? settings.location
        wait = try settings.duration("wait", in: .milliseconds(100)...Duration.seconds(30)) ?? .seconds(5)
        silence = try settings.duration("silence", in: .seconds(1)...Duration.seconds(3600)) ?? .seconds(15)
        largest = Int(try settings.size("largest", in: 1 << 16...256 << 20) ?? 8 << 20)
        rotate = Int(try settings.size("rotate", in: 1 << 12...1 << 30) ?? 1 << 20)
    }
}
