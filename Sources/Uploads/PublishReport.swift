package import HookHost
package import HookStore
package import ImageStore
import LinboModel
package import Logging

/// Tells what became of a set: the audit log, the history of images, events, the daemon's log.
package struct PublishReport: Sendable {
    let audit: AuditWriter?
    let events: EventBus
    let logger: Logger

    package init(audit: AuditWriter?, events: EventBus, logger: Logger) {
        self.audit = audit
        self.events = events
        self.logger = logger
    }

    func published(
        _ set: ArrivedSet, _ label: String, _ address: String, _ swapped: Swapped?, _ remarks: [String]
    ) {
        var words = remarks + (swapped?.remarks ?? [])
        if let backup = swapped?.backup {
            words.insert("the old set is in \(set.name.folder)/backups/\(backup)", at: 0)
        }
        if let error = swapped?.unfinished { words.append("clearing up failed: \(error)") }
        let what = set.isNewImage ? "the image" : set.companions.keys.sorted().joined(separator: ", ")
        let detail = ([what] + words).joined(separator: "; ")
        logger.notice("\(set.name) of \(label) is live: \(detail)")
        append(
            set.name, set.uploader.host?.name.description, address, "published", "live", detail, set.image.status.size)
        events.publish(.published, set.name.text, by: label, detail: detail)
    }

    func quarantined(_ image: ImageName, _ label: String, _ address: String, reason: String) {
        logger.error("\(image) of \(label) is in quarantine, the live one stays: \(reason)")
        append(image, label, address, "quarantined", "refused", reason, nil)
        events.publish(.quarantined, image.text, by: label, detail: reason)
    }

    private func append(
        _ image: ImageName, _ host: String?, _ address: String, _ decision: String, _ outcome: String,
        _ reason: String, _ bytes: Int64?
    ) {
        audit?.append([
            AuditEntry(
                at: UnixTime.nowMilliseconds(), transport: "uploads", connection: "-", address: address, host: host,
                path: image.path.text, intent: Intent.store.rawValue, decision: decision, outcome: outcome,
                reason: reason, bytes: bytes)
        ])
    }
}
