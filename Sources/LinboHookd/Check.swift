import HookHost
import LinboModel
package import Logging

/// `linbo-hookd check`: what is wrong in the configuration and in the files that it names.
package enum Check {
    /// What `check` prints; as JSON with `--json`.
    package struct Report: Sendable, Codable {
        /// What keeps the daemon from starting, or all PCs from being served.
        package let problems: [String]
        /// What it goes on without: rows that are left out first, then all others.
        package let warnings: [String]
        /// Rows whose PC is nobody stand among the warnings.
        package let leavesOut: Bool
        /// Of all schools' devices.csv, as far as rows can be read.
        package let hosts: Int
        /// Enabled ones, in the order of the configuration.
        package let plugins: [String]
    }

    /// Changes nothing but that an empty directory for views may be made.
    /// - Parameter losses: what only the running daemon knows; nil: none runs, or this user may not ask.
    package static func run(file: String, losses: [String]? = nil, logger: Logger) -> Report {
        let (config, wrong) = Config.rightParts(of: file)
        guard let config else { return Report(wrong, hosts: 0, plugins: []) }
        // A check must not lock or make a database; plugins that need one say so in their settings.
        let context = PluginContext(config, store: nil, logger: logger)
        let (plugins, wrongPlugins) = config.makePlugins(context)
        var problems = wrong + wrongPlugins
        // The disk is not held against defaults that stand in for what is wrong.
        if wrong.isEmpty {
            problems += Diagnosis(config, context, plugins).problems()
            problems += (losses ?? []).map {
                Problem(
                    location: config.location(of: "state"), what: "the running daemon's \($0)",
                    fix: "`linboctl status` and `journalctl -u linbo-hookd` say more", severity: .warning)
            }
        }
        return Report(
            problems, hosts: context.hosts.devices.hosts.count,
            plugins: config.plugins.map { $0.type.name.description })
    }
}

extension Check.Report {
    fileprivate init(_ found: [Problem], hosts: Int, plugins: [String]) {
        func told(_ severity: Problem.Severity) -> [String] {
            found.filter { $0.severity == severity }.map(\.description)
        }
        let leftOut = told(.leftOut)
        self.init(
            problems: told(.error), warnings: leftOut + told(.warning), leavesOut: !leftOut.isEmpty, hosts: hosts,
            plugins: plugins)
    }

    /// 1 if something keeps the daemon, all PCs, or a single one from its own.
    package var exitStatus: Int32 { problems.isEmpty && !leavesOut ? 0 : 1 }

    /// Problems and warnings a line each; a summary if all is well.
    package func printed(for file: String) -> String {
        if problems.isEmpty, warnings.isEmpty {
            return "\(file): right. \(hosts) hosts, plugins: \(plugins.joined(separator: ", "))"
        }
        return (problems + warnings.map { "\($0) (warning)" }).joined(separator: "\n")
    }
}
