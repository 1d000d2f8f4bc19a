package import GRDB
import HookStore
import LinboModel

/// What is to be done with machine accounts: durable, in order for each host, and once for each wish.
///
/// The daemon works on it; `once` and `linboctl` add to it. A worker takes entries, does them, and settles each.
package struct MachineAccountQueue: Sendable {
    private let database: DatabasePool

    /// On the daemon's database, which has the plugin's migration.
    package init(database: DatabasePool) {
        self.database = database
    }

    /// Rows as callers see them.
    package typealias Entry = MachineAccountEntry

    /// A wish, and who asked.
    package struct Wish: Sendable {
        /// Whether hashes are to be written or saved.
        package let work: Entry.Work
        /// Hostname, as in devices.csv.
        package let host: String
        /// With its suffix, such as `win11.qcow2`.
        package let image: String
        /// For a capture: only of that image, by size and time (`Captures.version`); nil: of whatever is live then.
        package var version: String?
        /// `ConnectionID` of who asked; nil: no connection did.
        package var connection: String?
        /// IP address of the client, for the audit log; nil: an admin asked.
        package var address: String?
        /// Milliseconds since 1970; nil: at once.
        package var notBefore: Int64?

        /// A wish for one host and one image; what is nil is not known, or does not matter.
        package init(
            _ work: Entry.Work, host: String, image: String, version: String? = nil, connection: String? = nil,
            address: String? = nil, notBefore: Int64? = nil
        ) {
            self.work = work
            self.host = host
            self.image = image
            self.version = version
            self.connection = connection
            self.address = address
            self.notBefore = notBefore
        }
    }

    // MARK: Adding

    /// - Returns: the entry's number: of the one that waits for the same already, or of a new one.
    /// - Parameter now: milliseconds since 1970, as everywhere here.
    package func add(_ wish: Wish, now: Int64) throws -> Int64 {
        try database.writeDurably { try Self.add($0, wish, now: now) }
    }

    /// As part of a transaction.
    static func add(_ database: Database, _ wish: Wish, now: Int64) throws -> Int64 {
        // What is being done may have read an older file: only one that waits is the same wish. A capture of
        // another version of the image is none.
        let waiting = try Int64.fetchOne(
            database,
            sql: """
                SELECT id FROM machine_account WHERE state = 'queued' AND work = ? AND host = ? AND image = ?
                  AND version IS ? ORDER BY id DESC LIMIT 1
                """, arguments: [wish.work.rawValue, wish.host, wish.image, wish.version])
        if let waiting {
            // Whoever asks now waits no longer than a first one would.
            try database.execute(
                sql: "UPDATE machine_account SET due = min(due, ?) WHERE id = ?",
                arguments: [wish.notBefore ?? now, waiting])
            return waiting
        }
        try database.execute(
            sql: """
                INSERT INTO machine_account (work, host, image, version, state, created, changed, due, connection,
                    address) VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?)
                """,
            arguments: [
                wish.work.rawValue, wish.host, wish.image, wish.version, now, now, wish.notBefore ?? now,
                wish.connection, wish.address,
            ])
        return database.lastInsertedRowID
    }

    // MARK: Looking

    /// Newest first; what waits and what is being done before what is over.
    package func list(host: String? = nil, limit: Int = 10_000) throws -> [Entry] {
        try database.read { database in
            try Entry.fetchAll(
                database,
                sql: """
                    SELECT * FROM machine_account WHERE (:host IS NULL OR host = :host)
                    ORDER BY state IN ('queued', 'applying') DESC, id DESC LIMIT :limit
                    """, arguments: ["host": host, "limit": limit])
        }
    }

    /// - Returns: nil if there is none: a later one for the same, or retention, may have removed it.
    package func entry(_ id: Int64) throws -> Entry? {
        try database.read { database in
            try Entry.fetchOne(database, sql: "SELECT * FROM machine_account WHERE id = ?", arguments: [id])
        }
    }

    /// How many wait or are being done.
    package func depth() throws -> Int {
        try database.read { database in
            try Int.fetchOne(
                database, sql: "SELECT count(*) FROM machine_account WHERE state IN ('queued', 'applying')") ?? 0
        }
    }

    /// Whether anything is due, or has been begun and may be left over. Only reads: it is asked every second.
    package func needsWorker(now: Int64) throws -> Bool {
        try database.read { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM machine_account WHERE state = 'queued' AND due <= ?)
                      OR EXISTS (SELECT 1 FROM machine_account WHERE state = 'applying')
                    """, arguments: [now]) ?? false
        }
    }

    // MARK: Doing

    /// Takes, for one worker, the oldest entry that waits of each host, but of no host that has one being done or an
    /// older one that waits for its next attempt.
    package func take(limit: Int, worker: String, now: Int64) throws -> [Entry] {
        try database.writeDurably { database in
            let ids = try Int64.fetchAll(
                database,
                sql: """
                    SELECT id FROM machine_account AS mine WHERE state = 'queued' AND due <= :now AND NOT EXISTS (
                        SELECT 1 FROM machine_account AS other WHERE other.host = mine.host
                          AND (other.state = 'applying' OR (other.state = 'queued' AND other.id < mine.id)))
                    ORDER BY id LIMIT :limit
                    """, arguments: ["now": now, "limit": limit])
            for id in ids {
                try database.execute(
                    sql: """
                        UPDATE machine_account SET state = 'applying', worker = ?, changed = ?, attempts = attempts + 1
                        WHERE id = ?
                        """, arguments: [worker, now, id])
            }
            let marks = databaseQuestionMarks(count: ids.count)
            return try Entry.fetchAll(
                database, sql: "SELECT * FROM machine_account WHERE id IN (\(marks)) ORDER BY id",
                arguments: StatementArguments(ids))
        }
    }

    /// What became of an entry.
    package enum Outcome: Sendable, Equatable {
        case over(Entry.State)
        /// Not tried again before this time, milliseconds since 1970.
        case later(Int64)
    }

    /// Records what became of entries that this worker took, in one transaction. Earlier entries for the same that are
    /// over go, so that the table holds one outcome for each host and image.
    package func settle(
        _ outcomes: [(entry: Entry, outcome: Outcome, note: String?)], worker: String, now: Int64
    ) throws {
        try database.writeDurably { database in
            for (entry, outcome, note) in outcomes {
                try Self.settle(entry, as: outcome, note: note, worker: worker, now: now, database)
            }
        }
    }

    private static func settle(
        _ entry: Entry, as outcome: Outcome, note: String?, worker: String, now: Int64, _ database: Database
    ) throws {
        let (state, due): (Entry.State, Int64) =
            switch outcome {
            case .over(let state): (state, entry.due)
            case .later(let due): (.queued, due)
            }
        try database.execute(
            sql: """
                UPDATE machine_account SET state = ?, due = ?, changed = ?, note = ?, worker = NULL
                WHERE id = ? AND worker = ? AND state = 'applying'
                """,
            arguments: [
                state.rawValue, due, now, note.map { printable($0, most: sentenceLimit) }, entry.id, worker,
            ])
        guard database.changesCount == 1, state != .queued else { return }
        try database.execute(
            sql: """
                DELETE FROM machine_account WHERE host = ? AND work = ? AND image = ? AND id < ?
                  AND state NOT IN ('queued', 'applying')
                """, arguments: [entry.host, entry.work.rawValue, entry.image, entry.id])
    }

    /// Puts back what workers had begun that are no more: doing it again does no harm.
    /// - Returns: how many.
    @discardableResult
    package func recover(isAlive: (String) -> Bool, now: Int64) throws -> Int {
        try database.writeDurably { database in
            let begun = try Entry.fetchAll(database, sql: "SELECT * FROM machine_account WHERE state = 'applying'")
            let lost = begun.filter { entry in entry.worker.map { !isAlive($0) } ?? true }
            for entry in lost {
                try database.execute(
                    sql:
                        "UPDATE machine_account SET state = 'queued', worker = NULL, due = ?, changed = ? WHERE id = ?",
                    arguments: [now, now, entry.id])
            }
            return lost.count
        }
    }

    /// Removes what has been over since before `cutoff`.
    package func forget(before cutoff: Int64) throws {
        try database.write { database in
            try database.execute(
                sql: "DELETE FROM machine_account WHERE changed < ? AND state NOT IN ('queued', 'applying')",
                arguments: [cutoff])
        }
    }
}
