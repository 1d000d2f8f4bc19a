import Glibc
import HookHost
package import LinboModel
import LinuxKit
import Logging
package import SelfTest
import TFTPTransport

/// The TFTP server alone, with the tree and the plugins of a configuration: for tests of network boots. It writes no
/// audit log and has no database, so that no boot command is consumed; what plugins keep goes into a directory of its
/// own.
package struct StandaloneTFTP: Sendable {
    private let assembly: Assembly
    private let logger: Logger

    /// - Throws: `ConfigError` of a plugin; `SystemError` if there is no place for state.
    package init(_ config: Config) throws {
        guard mkdir(config.state, 0o700) == 0 || errno == EEXIST else { throw SystemError("mkdir", config.state) }
        logger = DaemonLog.logger(.error)
        assembly = try Assembly(config, store: nil, logger: logger)
    }

    /// Serves until the task is cancelled.
    /// - Parameter tell: is given each transfer that ended.
    /// - Throws: `SystemError` if the address can't be bound.
    package func run(_ tell: @escaping @Sendable (TestTransfer) -> Void) async throws {
        let settings = assembly.config.tftp
        let reporter = Reporter(
            assembly.serving, settings: settings, audit: nil,
            observe: { report in
                tell(
                    TestTransfer(
                        host: report.host?.description, path: report.path, outcome: report.outcome.description,
                        bytes: report.bytes,
                        isDelivered: report.isDelivered))
            }, logger: logger)
        let resolver = Resolver(assembly.serving, names: settings.names)
        try await TFTPServer(settings, resolver: resolver, reporter: reporter).run()
    }
}

extension Config {
    /// The same, with state of its own, and TFTP on one address.
    package func alone(in directory: String, listen: ListenAddress) -> Config {
        var config = self
        config.state = "\(directory)/state"
        config.tftp.listen = [listen]
        return config
    }
}
