import Glibc
import HookHost
import HookWire
import LinboModel
import LinuxKit
package import Logging
package import TFTPTransport

/// The TFTP server as part of the daemon.
package struct TFTPService: Sendable {
    /// For figures; `run` has it serve.
    package let server: TFTPServer
    /// Where it listens, for the log.
    package let places: String
    private let reporter: Reporter

    /// Binds its sockets, or takes those that systemd has bound.
    /// - Returns: nil if the configuration turns TFTP off and systemd hands nothing over.
    /// - Throws: `SystemError` that names the address.
    package init?(_ assembly: Assembly, logger: Logger) throws {
        let settings = assembly.config.tftp
        let inherited = InheritedSockets.take()
        guard !settings.listen.isEmpty || !inherited.isEmpty else { return nil }
        let resolver = Resolver(assembly.serving, names: settings.names)
        reporter = Reporter(
            assembly.serving, settings: settings, audit: assembly.audit, observe: { _ in }, logger: logger)
        do {
            server = try TFTPServer(settings, resolver: resolver, reporter: reporter, inherited: inherited)
        } catch {
            throw BindFailure(
                setting: "tftp.listen", error: error,
                taken:
                    "another TFTP server has it; `ss -ulpn` names it (tftpd-hpa: systemctl disable --now tftpd-hpa)",
                rights:
                    "a port below 1024 takes root, CAP_NET_BIND_SERVICE, or linbo-hookd.socket of systemd")
        }
        if let problem = server.problem { logger.error("\(problem)") }
        places =
            inherited.isEmpty
            ? settings.listen.map(\.description).joined(separator: ", ") : "\(inherited.count) sockets of systemd's"
    }

    /// Waits, bounded, until all that ended was told.
    package func tellAll() async {
        await reporter.tellAll()
    }

    /// Serves until the task is cancelled, and until all that ended was told.
    package func run() async {
        await server.run()
    }
}

/// A socket that can't be bound, with the fix for what it usually is.
struct BindFailure: Error, CustomStringConvertible {
    /// Of the configuration.
    let setting: String
    let error: SystemError
    /// The fix if the port is another's.
    let taken: String
    /// The fix if the port is not for this user.
    let rights: String

    var description: String {
        switch error.code {
        case EADDRINUSE: "\(setting): \(error): \(taken)"
        case EACCES, EPERM: "\(setting): \(error): \(rights)"
        case EADDRNOTAVAIL: "\(setting): \(error): no network card of this machine has this address"
        default: "\(setting): \(error)"
        }
    }
}

/// Sockets that systemd has bound before it started the daemon (sd_listen_fds(3)).
enum InheritedSockets {
    private static let first: Int32 = 3

    static func take() -> [UDPSocket] {
        guard let owner = getenv("LISTEN_PID").map({ String(cString: $0) }), Int32(owner) == getpid(),
            let count = getenv("LISTEN_FDS").flatMap({ Int32(String(cString: $0)) }), (1...64).contains(count)
        else { return [] }
        // Subprocesses have nothing to do with them.
        unsetenv("LISTEN_PID")
        unsetenv("LISTEN_FDS")
        return (first..<first + count).compactMap { UDPSocket(inherited: $0) }
    }
}
