import HookHost
import HookStore
import LinboModel
import Logging

/// Refusals, into the audit log and the daemon's: at once, as `post` tells only that `pre` failed.
struct RefusalLog: Sendable {
    let audit: AuditWriter?
    let logger: Logger

    func tell(
        _ refusal: Refusal, _ environment: HookEnvironment, _ ticket: Ticket, _ connection: ConnectionID
    ) {
        let shown = printable(String(decoding: environment.rawRequest.prefix(1024), as: UTF8.self))
        logger.notice(
            "refused \(shown) to \(ticket.host ?? ticket.address): \(refusal.reason)",
            metadata: .client(ticket.address, host: ticket.host))
        audit?.append([
            ticket.entry(
                Delivery(path: shown, decision: .refused, reason: refusal.reason), connection,
                outcome: .refused(nil))
        ])
    }
}
