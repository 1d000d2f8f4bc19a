import APIClient
import HookConfig
package import LinboHookd

/// `check`, with what the running daemon knows.
package enum CheckReport {
    /// Changes nothing but that an empty directory for views may be made.
    package static func run(file: String) async -> Check.Report {
        Check.run(file: file, losses: await losses(file), logger: DaemonLog.silent)
    }

    /// - Returns: nil if no daemon answers at once, or this user may not ask.
    private static func losses(_ file: String) async -> [String]? {
        guard let text = try? ConfigFile.text(of: file), let socket = try? ApiSocket.path(in: text, file: file) else {
            return nil
        }
        return try? await APIClient(socket: socket).ask(GetStatus(), within: .seconds(5)).losses
    }
}
