package import API
package import HookStore
import LinboModel
package import LinuxKit
package import Logging
package import Supervision

/// What the runtime lends to plugins.
package struct PluginContext: Sendable {
    /// To look at what lies there; the content of a path comes by `next`.
    package let tree: Tree
    /// nil if the database can't be opened in `once`: what needs it is held back then.
    package let store: Store?
    /// Who is who, and whether a client is its host.
    package let hosts: HostDirectory
    /// linuxmuster's `setup.ini`.
    package let setup: SetupFile
    /// The directory of what outlives a restart; a plugin has a directory of its own in it.
    package let state: String
    /// What happens on the server, for whoever follows it.
    package let events: EventBus
    /// For work on what came from elsewhere, that the daemon might die of.
    package let marks: WorkMarks
    /// nil without a database. Rows wait in it while the database is locked.
    package let audit: AuditWriter?
    /// The daemon's log.
    package let logger: Logger
    /// Rings when a job was added.
    package let jobSignal: AsyncSignal
    /// The way into PCs that run LINBO.
    package let pcs: any PCReach
    /// How the programs are that a `ServiceProvider` wants, and what they wrote.
    package let supervisor: Supervisor

    /// The database, for a query or a command.
    /// - Throws: `Fault` if there is none.
    package func database() throws(Fault) -> Store {
        audit?.flush(within: .seconds(1))
        guard let store else { throw Fault(.unavailable, "the database can't be used: `linboctl status` says why") }
        return store
    }

    /// What is left out is made anew, for tests and commands; `store` and `audit` have no stand-in.
    package init(
        tree: Tree, store: Store?, hosts: HostDirectory, setup: SetupFile, state: String, events: EventBus = EventBus(),
        marks: WorkMarks? = nil, audit: AuditWriter? = nil, jobSignal: AsyncSignal = AsyncSignal(),
        pcs: any PCReach = NoReach(), supervisor: Supervisor? = nil, logger: Logger
    ) {
        self.tree = tree
        self.store = store
        self.hosts = hosts
        self.setup = setup
        self.state = state
        self.events = events
        self.marks = marks ?? WorkMarks(state: state)
        self.audit = audit
        self.logger = logger
        self.jobSignal = jobSignal
        self.pcs = pcs
        self.supervisor = supervisor ?? Supervisor(logger: logger)
    }
}
