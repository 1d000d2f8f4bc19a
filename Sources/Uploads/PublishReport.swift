package import HookHost
package import HookStore
import ImageStore
import LinboModel
import LinuxKit
package import Logging

/// Tells what became of a set: the audit log, the history of images, events, the daemon's log.
package struct PublishReport: Sendable {
    let audit: AuditWriter?
    let history: ImageHistory?
    let events: EventBus
    /// nil: no program wants to know.
    let changed: FollowUpQueue?
    let logger: Logger

    /// - Parameter history: nil if the database can't be used.
    package init(
        audit: AuditWriter?, history: ImageHistory?, events: EventBus, changed: FollowUpQueue? = nil,
        logger: Logger
    ) {
        self.audit = audit
        self.history = history
        self.events = events
        self.changed = changed
        self.logger = logger
    }

    /// - Parameter facts: of the set as it went live.
    func published(
        _ set: ArrivedSet, _ label: String, _ facts: SetFacts, _ swapped: Swapped?,
        _ remarks: [String]
    ) {
        var words = remarks + (swapped?.remarks ?? [])
        if let backup = swapped?.backup {
            words.insert("the old set is in \(set.name.directory)/backups/\(backup)", at: 0)
        }
        if let error = swapped?.unfinished { words.append("clearing up failed: \(error)") }
        let what = set.isNewImage ? "the image" : set.sidecars.keys.sorted().joined(separator: ", ")
        let detail = ([what] + words).joined(separator: "; ")
        logger.notice("\(set.name) of \(label) is live: \(detail)")
        append(set.name, set.uploader, .published, .live, detail, set.image.status.size)
        note(
            ImageHistoryEntry(
                image: set.name.text, timestamp: facts.timestamp, action: set.isNewImage ? .published : .amended,
                host: set.uploader.host?.name.description, address: set.uploader.address.description,
                at: UnixTime.nowMilliseconds(),
                bytes: set.image.status.size, infoHash: facts.infoHash, note: detail))
        follow(set.name)
        events.publish(.imagePublished, set.name.text, by: label, detail: detail)
    }

    /// The daemon ended after it had gone live, and before it told anybody.
    func wasLive(_ image: ImageName, _ uploader: Client, _ label: String) {
        let detail = "it went live just before the daemon ended"
        logger.notice("\(image) of \(label) is live: \(detail)")
        append(image, uploader, .published, .live, detail, nil)
        follow(image)
        events.publish(.imagePublished, image.text, by: label, detail: detail)
    }

    func quarantined(_ image: ImageName, _ uploader: Client, _ label: String, reason: String) {
        logger.error("\(image) of \(label) is in quarantine, the live one stays: \(reason)")
        append(image, uploader, .quarantined, .refused(nil), reason, nil)
        note(
            ImageHistoryEntry(
                image: image.text, timestamp: nil, action: .quarantined, host: uploader.host?.name.description,
                address: uploader.address.description, at: UnixTime.nowMilliseconds(), note: reason))
        events.publish(.uploadRefused, image.text, by: label, detail: reason)
    }

    private func follow(_ image: ImageName) {
        do { try changed?.add(.published, image) } catch {
            logger.error("\(image): the programs of after-publish are not told: \(error)")
        }
    }

    /// What is done is done: a history that can't be written is said, and no failure.
    private func note(_ entry: ImageHistoryEntry) {
        do { try history?.append(entry) } catch {
            logger.error("\(entry.image): the history of images lacks this: \(error)")
        }
    }

    private func append(
        _ image: ImageName, _ uploader: Client, _ decision: Decision, _ outcome: OutcomeWord, _ reason: String,
        _ bytes: Int64?
    ) {
        audit?.append([
            AuditEntry(
                at: UnixTime.nowMilliseconds(), transport: "uploads", connection: "-",
                address: uploader.address.description,
                host: uploader.host?.name.description,
                path: image.path.text, intent: Intent.store.rawValue, decision: decision, outcome: outcome,
                reason: reason, bytes: bytes)
        ])
    }
}
