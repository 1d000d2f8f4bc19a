package import API
import HookConfig
package import HookHost
import HookStore
package import LinboHookd
import LinboModel
import LinuxKit
import RsyncTransport
import Schedule
package import Supervision
import TFTPTransport
package import Timeline

/// Every query and every command, in one place: the API, the command line and the page map to it and hold no rule of
/// their own.
package struct Control: Sendable {
    let reloader: Reloader
    let tftp: TFTPService?
    let status: StatusReport.Source
    let pcs: PCWatch
    /// nil: nothing runs beside.
    let supervisor: Supervisor?
    /// Rings when a schedule was added or changed.
    let scheduleSignal = AsyncSignal()
    let holidays = HolidayFile()

    /// - Parameters:
    ///   - tftp: nil: the configuration turns TFTP off.
    ///   - supervisor: nil: nothing runs beside.
    package init(
        _ reloader: Reloader, tftp: TFTPService?, status: StatusReport.Source, pcs: PCWatch,
        supervisor: Supervisor? = nil
    ) {
        self.pcs = pcs
        self.reloader = reloader
        self.tftp = tftp
        self.status = status
        self.supervisor = supervisor
    }

    /// What the daemon works with right now.
    var assembly: Assembly { reloader.assembly }

    /// Rows of the audit log that one question looks through: a day of some thousand PCs.
    static let rowLimit = 1_000_000

    /// All that can be asked of the server; plugins have their own.
    package static let operations =
        serverOperations + pcOperations + imageOperations + dhcpOperations + eventOperations + jobOperations
        + serviceOperations + wakeOperations + remoteOperations + scheduleOperations

    /// What answers all questions, the plugins' own behind the rest.
    /// - Parameter known: all plugins that can be enabled.
    package func handlers(known: [any HookPlugin.Type] = pluginRegistry) -> [Handler] {
        let file = assembly.config.file
        let plugins = known.flatMap { type in
            (type as? any Administered.Type)?.handlers(
                among: { [reloader] in reloader.assembly.runtime.plugins }, file: file) ?? []
        }
        return Self.operations.map { $0.handler { self } } + plugins
    }

    // MARK: What several need

    /// What waits to be written is written, so that nobody is shown an old state.
    /// - Throws: `Fault` if there is no database.
    func store() throws(Fault) -> Store {
        let assembly = assembly
        assembly.audit?.flush(within: .seconds(1))
        guard let store = assembly.store else {
            throw Fault(.unavailable, status.fault ?? "the database can't be used")
        }
        return store
    }

    /// Does something that lies outside the database: first its row in the audit log, or it is not done; then a row
    /// with what became of it.
    func act<Value>(_ row: AuditEntry, _ body: () async throws -> Value) async throws -> Value {
        var row = row
        row.outcome = .other("begun")
        try store().record([row]) { _ in }
        row.at = UnixTime.nowMilliseconds()
        do {
            let value = try await body()
            row.outcome = .other("done")
            assembly.audit?.append([row])
            return value
        } catch {
            row.outcome = .failed(.text(printable("\(error)", most: 200)))
            assembly.audit?.append([row])
            throw error
        }
    }

    /// - Parameter text: such as `24h`.
    /// - Returns: milliseconds since 1970, so long ago.
    static func time(_ text: String?, named name: String, or usual: Duration) throws(Fault) -> Int64 {
        guard let text else { return UnixTime.nowMilliseconds() - usual.milliseconds }
        guard let span = Duration(parsing: text) else {
            throw Fault(.invalid, "\(quoted(text)) is no span of time", at: name, fix: "write 30m, 24h or 7d")
        }
        return UnixTime.nowMilliseconds() - span.milliseconds
    }
}
