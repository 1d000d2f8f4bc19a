import ClientLogs
import GrubImg
package import HookHost
package import HookStore
import Jobs
import Macct
import Multicast
import OnbootCmd
import Remote
import Schedule
import TorrentCreate
import WindowsKey

/// All plugins that an admin can name under `plugins:`. A new one is one line here; the order in which requests pass
/// them is the order of the configuration file, not of this list.
package let pluginRegistry: [any HookPlugin.Type] = [
    ClientLogs.self,
    GrubImg.self,
    Macct.self,
    Multicast.self,
    OnbootCmd.self,
    TorrentCreate.self,
    WindowsKey.self,
]

extension Store {
    /// The tables of jobs, of schedules and of all plugins, whichever are enabled.
    package static func migrations(of plugins: [any HookPlugin.Type] = pluginRegistry) -> [Migration] {
        JobQueue.migrations + HostKeys.migrations + RemoteJournal.migrations + ScheduleBook.migrations
            + plugins.flatMap { ($0 as? any Stateful.Type)?.migrations ?? [] }
    }
}
