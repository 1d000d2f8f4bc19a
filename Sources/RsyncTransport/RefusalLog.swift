import HookHost
package import HookStore
package import Logging

/// Refusals, into the audit log and the daemon's: at once, as `post` tells only that `pre` failed.
struct RefusalLog: Sendable {
    let audit: AuditWriter?
    let logger: Logger

    func tell(
        _ refusal: Refusal, _ environment: HookEnvironment, _ ticket: Ticket, _ connection: ConnectionID
    ) {
        let request = String(decoding: environment.rawRequest.prefix(1024), as: UTF8.self)
        // What a client sent may hold anything; control characters would garble a log.
        let shown = String(request.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) })
        logger.notice("refused \(shown) to \(ticket.host ?? ticket.address): \(refusal.reason)")
        audit?.append([
            ticket.entry(
                Ticket.Delivery(path: shown, decision: "refused", reason: refusal.reason), connection,
                outcome: "refused")
        ])
    }
}
