package import HookConfig
import HookHost
import HookWire
import LinboModel

/// Which configuration counts: the file's, or the last one that worked.
package struct ConfigInUse: Sendable {
    /// Parsed from `text`.
    package let config: Config
    /// YAML as it was read, to see later whether the file has changed.
    package let text: String
    /// Why it is not the file's; nil: it is.
    package let fault: String?

    /// - Parameter fault: why it is not the file's; nil: it is.
    package init(_ config: Config, _ text: String, fault: String? = nil) {
        self.config = config
        self.text = text
        self.fault = fault
    }

    /// The file's if it is right.
    /// - Parameter directory: where the last one may lie besides.
    /// - Throws: `ConfigError` of the file, if there is no other.
    package init(file: String, near directory: String? = nil) throws(ConfigError) {
        do throws(ConfigError) {
            let text = try ConfigFile.text(of: file)
            self.init(try Config(yaml: text, file: file), text, fault: nil)
        } catch {
            guard let last = Self.last(of: file, near: directory, because: error) else { throw error }
            self = last
        }
    }

    /// The last one that worked, with the reason to use it.
    package static func last(of file: String, near directory: String? = nil, because error: ConfigError) -> ConfigInUse?
    {
        guard let kept = LastGood(of: file, near: directory), let config = try? kept.config() else { return nil }
        let count = error.problems.count
        let more = count > 1 ? " (the first of \(count); `linbo-hookd check` tells all)" : ""
        let first = error.problems.first.map { "\($0)" } ?? "\(error)"
        return ConfigInUse(
            config, kept.text,
            fault: "\(file) can't be used, and the configuration of \(time(kept)) counts: \(first)\(more)")
    }

    /// What the running daemon works with, else the file's, else the last one that worked.
    /// - Returns: with what an admin should know beside it.
    package static func ofDaemon(_ file: String) throws(ConfigError) -> (config: Config, remark: String?) {
        if let kept = LastGood(of: file), let config = try? kept.config(),
            (try? ConfigFile.text(of: file)) != kept.text,
            HookSocket(connectingTo: config.socket) != nil
        {
            return (config, "\(differs(file, kept)); this is by the daemon's")
        }
        let inUse = try ConfigInUse(file: file)
        return (inUse.config, inUse.fault)
    }

    /// - Returns: nil if a file is what the daemon works with.
    static func difference(_ file: String, from text: String) -> String? {
        guard (try? ConfigFile.text(of: file)) != text else { return nil }
        return "\(file) is not what the daemon works with: `linboctl reload`"
    }

    private static func differs(_ file: String, _ kept: LastGood) -> String {
        "\(file) is not what the daemon works with since \(time(kept)) (`linboctl reload`)"
    }

    private static func time(_ kept: LastGood) -> String { localTime(Int(kept.at / 1000)) }
}

extension LastGood {
    /// - Throws: `ConfigError`, if this version can't use it any more.
    func config() throws(ConfigError) -> Config { try Config(yaml: text, file: file) }
}
