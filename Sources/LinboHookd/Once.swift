package import HookHost
import HookStore
package import HookWire
package import Logging
import RsyncTransport
import Uploads

/// `linbo-hookd once`: one hook's work in a process of its own, while the daemon is stopped, stuck or dead.
package enum Once {
    /// How long the database may be locked: a stopped daemon may hold it, and the client is waiting.
    private static let patience = Duration.seconds(1)

    /// - Throws: `ConfigError`.
    package static func answer(_ frame: HookFrame, _ config: Config, logger: Logger) async throws -> HookReply {
        let store = open(config, logger)
        let assembly = try Assembly(config, store: store, logger: logger)
        let folders = [config.linbo.views + "/views", config.uploadPaths.base + "/views"]
        if folders.contains(where: { FileStatus(at: $0) == nil }) { try assembly.hooks.prepare() }
        let reply = await assembly.hooks.handle(frame)
        assembly.audit?.flush(within: patience)
        // There is nobody further to turn to.
        return reply.verdict == .unable ? HookReply(.refuse, "linbo-hookd: see the server's log") : reply
    }

    private static func open(_ config: Config, _ logger: Logger) -> Store? {
        do {
            return try Store(folder: config.state, patience: patience)
        } catch {
            logger.error("\(error); what needs it is held back")
            return nil
        }
    }
}
