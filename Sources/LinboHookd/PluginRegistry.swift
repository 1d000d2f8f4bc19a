import GrubImg
package import HookHost
import Macct
import OnbootCmd
import TorrentCreate
import WindowsKey

/// All plugins that an admin can name under `plugins:`. A new one is one line here; the order in which requests pass
/// them is the order of the configuration file, not of this list.
package let pluginRegistry: [any HookPlugin.Type] = [
    GrubImg.self,
    Macct.self,
    OnbootCmd.self,
    TorrentCreate.self,
    WindowsKey.self,
]
