import GRDB
import LinboModel

/// Something that was done to an image's set.
package struct ImageHistoryEntry: Sendable, Codable, Equatable, FetchableRecord {
    /// What was done.
    package enum Action: String, Sendable, Codable, CaseIterable {
        case published
        /// An earlier set went live again.
        case rolledBack = "rolled-back"
        /// A backup was removed.
        case pruned
        /// What arrived was kept from going live.
        case quarantined
        /// What belongs to the live image was replaced, not the image.
        case amended
    }

    /// The image's file name.
    package var image: String
    /// The set's own time, `YYYYMMDDhhmm`, from its `.info`; nil: it has none.
    package var timestamp: String?
    /// What became of the set, or of a backup of it.
    package var action: Action
    /// Who sent it; nil: no host that a devices.csv knows, or an admin on the server.
    package var host: String?
    /// nil: it was done on the server.
    package var address: String?
    /// Milliseconds since 1970.
    package var at: Int64
    /// Of the image, or of all files of a backup that went.
    package var bytes: Int64?
    /// 40 hex digits, as in `.hash`; nil: there is no torrent.
    package var infoHash: String?
    /// In words; never a secret.
    package var note: String?

    /// - Parameter at: milliseconds since 1970.
    package init(
        image: String, timestamp: String?, action: Action, host: String? = nil, address: String? = nil, at: Int64,
        bytes: Int64? = nil, infoHash: String? = nil, note: String? = nil
    ) {
        self.image = image
        self.timestamp = timestamp
        self.action = action
        self.host = host
        self.address = address
        self.at = at
        self.bytes = bytes
        self.infoHash = infoHash.map { printable($0, most: 40) }
        self.note = note.map { printable($0, most: sentenceLimit) }
    }
}

/// Who uploaded what when, and what became of it. The sets themselves lie in the tree; this outlives them.
package struct ImageHistory: Sendable {
    let database: DatabasePool

    /// Entries that stay.
    private static let most = 50_000

    /// Writes it now.
    package func append(_ entry: ImageHistoryEntry) throws {
        try database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO image_history (image, timestamp, action, host, address, at, bytes, infoHash, note)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    entry.image, entry.timestamp, entry.action.rawValue, entry.host, entry.address, entry.at,
                    entry.bytes, entry.infoHash, entry.note,
                ])
        }
    }

    /// Removes the oldest: who uploads again and again must not fill the disk with it.
    package func forget() throws {
        try database.write { database in
            try database.execute(
                sql: "DELETE FROM image_history WHERE id <= (SELECT max(id) FROM image_history) - ?",
                arguments: [Self.most])
        }
    }

    /// The newest, oldest of them first.
    /// - Parameter image: nil: of all images.
    package func entries(of image: String? = nil, limit: Int = 1000) throws -> [ImageHistoryEntry] {
        try database.read { database in
            try ImageHistoryEntry.fetchAll(
                database,
                sql: """
                    SELECT * FROM image_history WHERE :image IS NULL OR image = :image ORDER BY at DESC, id DESC LIMIT :limit
                    """, arguments: ["image": image, "limit": limit]
            ).reversed()
        }
    }
}
