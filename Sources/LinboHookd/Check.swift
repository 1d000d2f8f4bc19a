import HookConfig
import HookHost
package import LinboModel
package import Logging

/// `linbo-hookd check`: what is wrong in the configuration and in the files that it names.
package enum Check {
    package struct Report: Sendable, Codable {
        package let problems: [String]
        package let warnings: [String]
        package let hosts: Int
        package let plugins: [String]
    }

    /// Changes nothing but that an empty folder for views may be made.
    package static func run(file: String, logger: Logger) -> Report {
        do throws(ConfigError) {
            let config = try Config(file: file)
            // A check must not lock or make a database; plugins that need one say so in their settings.
            let assembly = try Assembly(config, store: nil, logger: logger)
            let problems = Preflight.problems(config) + Preflight.remarks(config) + assembly.problems
            return Report(
                problems: problems.filter { $0.severity == .error }.map(\.description),
                warnings: problems.filter { $0.severity == .warning }.map(\.description),
                hosts: assembly.hosts.devices.hosts.count,
                plugins: config.plugins.map { $0.type.name.description })
        } catch {
            return Report(problems: error.problems.map(\.description), warnings: [], hosts: 0, plugins: [])
        }
    }
}

extension Check.Report {
    /// Problems and warnings a line each; a summary if all is well.
    package func printed(for file: String) -> String {
        if problems.isEmpty, warnings.isEmpty {
            return "\(file): right. \(hosts) hosts, plugins: \(plugins.joined(separator: ", "))"
        }
        return (problems + warnings.map { "\($0) (warning)" }).joined(separator: "\n")
    }
}
