package import GRDB
import HookStore

/// Boot commands, each delivered at most once. Whoever wants to deliver one claims it here first; the claim is on disk
/// before a byte leaves.
package struct OnbootJournal: Sendable {
    private let database: DatabasePool

    /// On the daemon's database, which has the plugin's migration.
    package init(database: DatabasePool) {
        self.database = database
    }

    /// Who wants to deliver, for which name of a host's command.
    package struct Claimant: Sendable {
        /// `ConnectionID` in words.
        package let connection: String
        /// Path that was asked for, such as `linbocmd/pc01.cmd`: a client may ask by name and by address.
        package let path: String
        /// Asked when the database is free at last: whoever gave up waiting meanwhile gets nothing.
        package let isGone: @Sendable () -> Bool

        /// - Parameter isGone: `Request.isAbandoned`; by default nobody gives up.
        package init(connection: String, path: String, isGone: @escaping @Sendable () -> Bool = { false }) {
            self.connection = connection
            self.path = path
            self.isGone = isGone
        }
    }

    /// What a host's connection may deliver now.
    package enum Claim: Sendable, Equatable {
        case granted(OnbootEntry)
        /// Another connection of the host has it, its outcome is open: ask again.
        case busy(connection: String)
        case nothing
    }

    // MARK: Queue

    /// - Returns: the new entry's number.
    package func add(host: String, command: String, expires: Int64?, now: Int64, note: String? = nil) throws -> Int64 {
        try database.writeDurably {
            try Self.add($0, host: host, command: command, expires: expires, now: now, note: note).id
        }
    }

    /// As part of a transaction.
    static func add(
        _ database: Database, host: String, command: String, expires: Int64?, now: Int64, note: String? = nil
    ) throws -> OnbootEntry {
        try database.execute(
            sql: """
                INSERT INTO onboot (host, command, state, created, expires, changed, note)
                VALUES (?, ?, 'queued', ?, ?, ?, ?)
                """, arguments: [host, command, now, expires, now, note])
        return try entry(database, database.lastInsertedRowID)
    }

    /// Newest first.
    /// - Parameter all: with those that are over, too.
    package func list(host: String? = nil, all: Bool = false) throws -> [OnbootEntry] {
        try database.read { try Self.list($0, host: host, all: all) }
    }

    /// As part of a transaction.
    static func list(_ database: Database, host: String?, all: Bool = false) throws -> [OnbootEntry] {
        try OnbootEntry.fetchAll(
            database,
            sql: """
                SELECT * FROM onboot WHERE (:host IS NULL OR host = :host)
                  AND (:all OR state IN ('queued', 'delivering', 'uncertain')) ORDER BY id DESC
                """, arguments: ["host": host, "all": all])
    }

    /// - Returns: nil if there is no such number.
    package func entry(_ id: Int64) throws -> OnbootEntry? { try database.read { try Self.find($0, id) } }

    /// As part of a transaction.
    static func find(_ database: Database, _ id: Int64) throws -> OnbootEntry? {
        try OnbootEntry.fetchOne(database, sql: "SELECT * FROM onboot WHERE id = ?", arguments: [id])
    }

    /// Takes out all that waits for a host.
    /// - Returns: what that was.
    @discardableResult
    static func removeAll(_ database: Database, host: String, now: Int64) throws -> [OnbootEntry] {
        let waiting = try OnbootEntry.fetchAll(
            database, sql: "SELECT * FROM onboot WHERE host = ? AND state = 'queued' AND file IS NULL ORDER BY id",
            arguments: [host])
        try database.execute(
            sql:
                "UPDATE onboot SET state = 'removed', changed = ? WHERE host = ? AND state = 'queued' AND file IS NULL",
            arguments: [now, host])
        return waiting
    }

    /// - Returns: the entry; nil if there is none that waits.
    package static func remove(_ database: Database, _ id: Int64, now: Int64) throws -> OnbootEntry? {
        try database.execute(
            sql: "UPDATE onboot SET state = 'removed', changed = ? WHERE id = ? AND state = 'queued'",
            arguments: [now, id])
        return database.changesCount == 1 ? try entry(database, id) : nil
    }

    /// Marks as expired what nobody fetched in time.
    package func expire(now: Int64) throws {
        try database.write { database in
            try database.execute(
                sql: """
                    UPDATE onboot SET state = 'expired', changed = :now
                    WHERE state = 'queued' AND expires IS NOT NULL AND expires <= :now
                    """, arguments: ["now": now])
        }
    }

    /// Removes what has been over since before a time. The last entry stays, so that no number is given twice.
    /// - Parameters:
    ///   - cutoff: seconds since 1970.
    ///   - files: identities of the dropped files that are there: without its entry a file would be delivered again.
    ///     nil: nobody can say, and all entries of files stay.
    package func forget(before cutoff: Int64, keeping files: Set<String>?) throws {
        try database.write { database in
            let old = try OnbootEntry.fetchAll(
                database,
                sql: """
                    SELECT * FROM onboot WHERE changed < ? AND state IN ('delivered', 'expired', 'removed')
                      AND id < (SELECT max(id) FROM onboot)
                    """, arguments: [cutoff])
            for entry in old where entry.file.map({ files?.contains($0) == false }) ?? true {
                try database.execute(sql: "DELETE FROM onboot WHERE id = ?", arguments: [entry.id])
            }
        }
    }

    // MARK: Delivery

    /// The oldest command that waits for a host; changes nothing.
    package func peek(host: String, now: Int64) throws -> OnbootEntry? {
        try database.read { try Self.oldest($0, host: host, now: now) }
    }

    /// What a dead connection of the host has claimed becomes uncertain.
    package func settleDead(host: String, now: Int64, isAlive: (String) -> Bool) throws {
        let held = try database.read { try Self.delivering($0, host: host) }
        // Most hosts: nothing to write.
        guard held.contains(where: { !($0.connection.map(isAlive) ?? false) }) else { return }
        try database.writeDurably { database in
            for entry in try Self.delivering(database, host: host) where !(entry.connection.map(isAlive) ?? false) {
                try Self.set(database, entry.id, .uncertain, now: now, note: Self.deadNote)
            }
        }
    }

    /// Takes the oldest command that waits for a host, for one connection.
    /// - Parameter isAlive: whether a connection that holds a claim still runs; one that does not has died without an
    ///   outcome, and its command becomes uncertain.
    package func claim(
        host: String, by claimant: Claimant, now: Int64, isAlive: (String) -> Bool
    ) throws -> Claim {
        try database.writeDurably { database in
            if let held = try Self.held(database, host: host, by: claimant, now: now, isAlive: isAlive) { return held }
            guard let entry = try Self.oldest(database, host: host, now: now) else { return .nothing }
            return .granted(try Self.grant(database, entry.id, to: claimant, now: now))
        }
    }

    /// Takes the command that a dropped file holds. A file that was delivered once, or may have been, is never granted
    /// again; another file is told by its identity.
    package func claimFile(
        host: String, file: String, command: String, by claimant: Claimant, now: Int64, isAlive: (String) -> Bool
    ) throws -> Claim {
        try database.writeDurably { database in
            if let held = try Self.held(database, host: host, by: claimant, now: now, isAlive: isAlive) { return held }
            let known = try OnbootEntry.fetchOne(
                database, sql: "SELECT * FROM onboot WHERE host = ? AND file = ?", arguments: [host, file])
            if let known {
                guard known.state == .queued else { return .nothing }
                return .granted(try Self.grant(database, known.id, to: claimant, now: now))
            }
            try database.execute(
                sql: """
                    INSERT INTO onboot (host, command, file, state, created, changed)
                    VALUES (?, ?, ?, 'queued', ?, ?)
                    """, arguments: [host, command, file, now, now])
            let id = database.lastInsertedRowID
            return .granted(try Self.grant(database, id, to: claimant, now: now))
        }
    }

    /// Whether a dropped file was delivered, or may have been.
    package func isSpent(host: String, file: String) throws -> Bool {
        try database.read { database in
            try Bool.fetchOne(
                database, sql: "SELECT state <> 'queued' FROM onboot WHERE host = ? AND file = ?",
                arguments: [host, file]) ?? false
        }
    }

    /// Records how a claimed delivery ended. Only the holder of the claim can settle it, and once.
    /// - Returns: the entry as it is now; nil if the claim is no longer open.
    @discardableResult
    package func settle(
        _ ticket: ClaimTicket, as state: OnbootEntry.State, note: String?, now: Int64
    ) throws -> OnbootEntry? {
        try database.writeDurably { database in
            try database.execute(
                sql: """
                    UPDATE onboot SET state = ?, changed = ?, note = ?
                    WHERE id = ? AND claim = ? AND state = 'delivering'
                    """, arguments: [state.rawValue, now, note, ticket.entry, ticket.claim])
            guard database.changesCount == 1 else { return nil }
            return try Self.find(database, ticket.entry)
        }
    }

    // MARK: Steps of a transaction

    private static func oldest(_ database: Database, host: String, now: Int64) throws -> OnbootEntry? {
        try OnbootEntry.fetchOne(
            database,
            sql: """
                SELECT * FROM onboot WHERE host = ? AND state = 'queued' AND file IS NULL
                  AND (expires IS NULL OR expires > ?) ORDER BY id LIMIT 1
                """, arguments: [host, now])
    }

    /// What a claim that is open already means for the claimant; nil if none is in the way.
    ///
    /// A dead connection's claim becomes uncertain. The claimant's own, for the same name, is taken back: its `pre` did
    /// not get to its end (the daemon died, and `once` does it again), so nothing was sent.
    private static func held(
        _ database: Database, host: String, by claimant: Claimant, now: Int64, isAlive: (String) -> Bool
    ) throws -> Claim? {
        guard !claimant.isGone() else { return .nothing }
        for entry in try delivering(database, host: host) {
            if let connection = entry.connection, isAlive(connection) {
                guard connection == claimant.connection else { return .busy(connection: connection) }
                guard entry.path == claimant.path else { return .nothing }
                try set(database, entry.id, .queued, now: now, note: nil)
            } else {
                try set(database, entry.id, .uncertain, now: now, note: deadNote)
            }
        }
        return nil
    }

    private static let deadNote = "its connection ended without an outcome"

    private static func delivering(_ database: Database, host: String) throws -> [OnbootEntry] {
        try OnbootEntry.fetchAll(
            database, sql: "SELECT * FROM onboot WHERE host = ? AND state = 'delivering'", arguments: [host])
    }

    private static func set(
        _ database: Database, _ id: Int64, _ state: OnbootEntry.State, now: Int64, note: String?
    ) throws {
        try database.execute(
            sql: "UPDATE onboot SET state = ?, changed = ?, note = ? WHERE id = ?",
            arguments: [state.rawValue, now, note, id])
    }

    private static func grant(
        _ database: Database, _ id: Int64, to claimant: Claimant, now: Int64
    ) throws -> OnbootEntry {
        try database.execute(
            sql: """
                UPDATE onboot SET state = 'delivering', connection = ?, path = ?, claim = ?, changed = ? WHERE id = ?
                """,
            arguments: [claimant.connection, claimant.path, Int64.random(in: 1...(.max)), now, id])
        return try entry(database, id)
    }

    private static func entry(_ database: Database, _ id: Int64) throws -> OnbootEntry {
        guard let entry = try find(database, id) else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
        return entry
    }
}
