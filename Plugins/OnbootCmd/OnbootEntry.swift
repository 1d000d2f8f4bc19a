import GRDB

/// A boot command of one host, and where it is on its way. Its password item, if it needs one, is added at delivery
/// and is never stored.
package struct OnbootEntry: Sendable, Codable, Equatable, FetchableRecord {
    /// `queued` and `delivering` are open; `uncertain` is an admin's to decide; the rest is over.
    package enum State: String, Sendable, Codable, CaseIterable {
        case queued
        /// Placed before one connection of the host, its outcome not known yet.
        case delivering
        case delivered
        /// The connection's end was never reported. Counts as delivered; an admin can queue it again.
        case uncertain
        case expired
        case removed
    }

    /// Row in table `onboot`, the number in `linboctl onboot list`; 0: it waits in a dropped file.
    package let id: Int64
    /// Hostname, as in devices.csv.
    package let host: String
    /// As LINBO's client parses it, such as `sync:1,start:1`; without its password item.
    package let command: String
    /// Which dropped file it came from, by inode, size and time; nil: queued by `linboctl onboot add`.
    package let file: String?
    /// Changed by claims, by their outcomes, by admins and by time.
    package let state: State
    /// Seconds since 1970, as are the others.
    package let created: Int64
    /// From then on it is not delivered any more; nil: it waits for ever.
    package let expires: Int64?
    /// When `state` became what it is.
    package let changed: Int64
    /// `ConnectionID` of the one that claimed it last; nil: none did.
    package let connection: String?
    /// By which name that connection asked for it.
    package let path: String?
    /// Drawn anew for each claim.
    package let claim: Int64?
    /// How the last delivery ended, or where the entry came from; nil: nothing to say.
    package let note: String?

    /// One that waits in a file, and has no number yet.
    package init(host: String, command: String, file: String, created: Int64, note: String) {
        id = 0
        (self.host, self.command, self.file, self.created, self.note) = (host, command, file, created, note)
        state = .queued
        changed = created
        (expires, connection, path, claim) = (nil, nil, nil, nil)
    }
}

/// What proves a claim: the entry, and the number that was drawn for it. Kept in the connection's record.
package struct ClaimTicket: Sendable, Equatable, CustomStringConvertible {
    /// `OnbootEntry.id`.
    package let entry: Int64
    /// `OnbootEntry.claim` as it was granted: an older ticket settles nothing.
    package let claim: Int64

    /// As `OnbootJournal` granted it.
    package init(entry: Int64, claim: Int64) {
        self.entry = entry
        self.claim = claim
    }

    /// Parses its own description, `ENTRY:CLAIM`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let entry = Int64(parts[0]), let claim = Int64(parts[1]) else { return nil }
        self.init(entry: entry, claim: claim)
    }

    package var description: String { "\(entry):\(claim)" }
}
