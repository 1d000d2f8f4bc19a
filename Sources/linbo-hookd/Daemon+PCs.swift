import HookHost
import HookStore
import LinboHookd
import Logging
import TFTPTransport
import Timeline

extension Daemon {
    /// What every PC does, as long as the daemon runs.
    static func watch(_ reloader: Reloader, _ tftp: TFTPServer?, _ logger: Logger) -> PCWatch {
        let assembly = reloader.assembly
        return PCWatch(
            PCWatch.Sources(
                audit: assembly.store?.audit, hosts: { reloader.assembly.hosts },
                groups: { reloader.assembly.config.groups },
                running: { await reloader.assembly.runningTransfers(tftp) }),
            events: assembly.services.events, kept: assembly.store?.events, logger: logger)
    }
}
