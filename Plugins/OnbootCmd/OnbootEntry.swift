import GRDB

/// A boot command of one host, and where it is on its way. Its password item, if it needs one, is added at delivery
/// and is never stored.
package struct OnbootEntry: Sendable, Codable, Equatable, FetchableRecord {
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

    package let id: Int64
    package let host: String
    package let command: String
    /// Which dropped file it came from, by inode, size and time; nil: queued by `linboctl onboot add`.
    package let file: String?
    package let state: State
    /// Seconds since 1970, as are the others.
    package let created: Int64
    package let expires: Int64?
    package let changed: Int64
    package let connection: String?
    /// By which name that connection asked for it.
    package let path: String?
    /// Drawn anew for each claim.
    package let claim: Int64?
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
    package let entry: Int64
    package let claim: Int64

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
