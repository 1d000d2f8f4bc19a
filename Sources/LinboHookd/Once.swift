import HookHost
import HookStore
package import HookWire
import LinuxKit
package import Logging
import RsyncTransport
import Uploads

/// `linbo-hookd once`: one hook's work in a process of its own, while the daemon is stopped, stuck or dead.
package enum Once {
    /// How long the database may be locked: a stopped daemon may hold it, and the client is waiting.
    private static let patience = Duration.seconds(1)

    /// - Parameter file: of the configuration; where it is wrong, the last one that worked counts.
    /// - Throws: `ConfigError`.
    package static func answer(_ frame: HookFrame, file: String, logger: Logger) async throws -> HookReply {
        let inUse = try ConfigInUse(file: file, near: base(frame))
        if let fault = inUse.fault { logger.error("\(fault)") }
        let config = inUse.config
        let store = open(config, logger)
        let assembly = try Assembly(config, store: store, logger: logger)
        let directories = [config.linbo.views + "/views", config.uploadPaths.base + "/views"]
        if directories.contains(where: { FileStatus(at: $0) == nil }) { try assembly.hooks.prepare() }
        let reply = await assembly.hooks.handle(frame)
        assembly.audit?.flush(within: patience)
        assembly.context.events.flush(within: patience)
        // There is nobody further to turn to.
        return reply.verdict == .unable ? HookReply(.refuse, "linbo-hookd: see the server's log") : reply
    }

    /// The directory of the views, by the module of rsyncd's that the client asked.
    private static func base(_ frame: HookFrame) -> String? {
        guard let environment = try? HookEnvironment(frame.fields),
            let base = ViewPaths(modulePath: environment.modulePath, address: environment.addressText)?.base
        else { return nil }
        let uploads = "/uploads"
        return base.hasSuffix(uploads) ? String(base.dropLast(uploads.utf8.count)) : base
    }

    private static func open(_ config: Config, _ logger: Logger) -> Store? {
        do {
            return try Store(directory: config.state, migrations: Store.migrations(), patience: patience)
        } catch {
            logger.error("\(error); what needs it is held back")
            return nil
        }
    }
}
