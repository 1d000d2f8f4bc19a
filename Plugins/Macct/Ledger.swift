import HookHost
import HookStore
import LinboModel
import LinuxKit
import Logging

/// What became of machine accounts, in the audit log: `linboctl why` shows it beside the requests. Never a hash.
struct Ledger: Sendable {
    private let context: PluginContext

    init(_ context: PluginContext) {
        self.context = context
    }

    func add(_ entry: MachineAccountEntry, outcome: String, note: String?) {
        add(
            work: entry.work, host: entry.host, image: entry.image, outcome: outcome, note: note,
            address: entry.address, connection: entry.connection, since: entry.created)
    }

    /// - Parameter since: when it was asked, milliseconds since 1970.
    func add(
        work: MachineAccountEntry.Work, host: String?, image: String, outcome: String, note: String?, address: String?,
        connection: String? = nil, since: Int64?
    ) {
        let now = UnixTime.nowMilliseconds()
        let row = AuditEntry(
            at: now, transport: Macct.name.description, connection: connection ?? "-", address: address ?? "-",
            host: host, path: "\(image)\(AccountFile.suffix)", intent: work.rawValue, plugin: Macct.name.description,
            decision: .other(work.rawValue), outcome: OutcomeWord(rawValue: outcome), reason: note,
            duration: since.map { max(0, now - $0) })
        // While the database is locked the row waits there, and nobody waits for it.
        context.audit?.append([row])
    }
}
