package import GRDB
import HookStore

/// One-shot reboots, each read by GRUB at most once: what it may have read is never shown to it again.
package struct RebootJournal: Sendable {
    private let database: DatabasePool

    /// On the daemon's database, which has the plugin's migration.
    package init(database: DatabasePool) {
        self.database = database
    }

    /// GRUB opens the file to see whether it is there, and to read it.
    private static let opensOfOneBoot = 2
    /// Between the two lie milliseconds.
    private static let spanOfOneBoot: Int64 = 60

    /// Takes the place of one that waits already.
    /// - Returns: its number.
    @discardableResult
    package func set(host: String, _ request: RebootRequest, expires: Int64, now: Int64) throws -> Int64 {
        try database.writeDurably { try Self.set($0, host: host, request, expires: expires, now: now) }
    }

    /// As part of a transaction.
    static func set(
        _ database: Database, host: String, _ request: RebootRequest, expires: Int64, now: Int64
    ) throws -> Int64 {
        try settleLate(database, now: now)
        try database.execute(
            sql: """
                UPDATE reboot SET state = CASE state WHEN 'waiting' THEN 'replaced' ELSE 'uncertain' END, changed = ?
                WHERE host = ? AND state IN ('waiting', 'opened')
                """, arguments: [now, host])
        try database.execute(
            sql: """
                INSERT INTO reboot (host, grub, kernel, initrd, append, state, opens, created, expires, changed)
                VALUES (?, ?, ?, ?, ?, 'waiting', 0, ?, ?, ?)
                """,
            arguments: [host, request.grub, request.kernel, request.initrd, request.append, now, expires, now])
        return database.lastInsertedRowID
    }

    /// For one opening of the file by GRUB; it is on disk before a byte leaves.
    /// - Returns: nil if nothing waits, or GRUB has had it.
    package func open(host: String, now: Int64) throws -> RebootEntry? {
        // Most boots: nothing to write.
        guard try isPending(host: host) else { return nil }
        return try database.writeDurably { database in
            try Self.settleLate(database, now: now)
            try database.execute(
                sql: """
                    UPDATE reboot SET state = 'opened', opens = opens + 1, opened = coalesce(opened, :now), changed = :now
                    WHERE host = :host AND state IN ('waiting', 'opened') AND opens < :opens
                    """, arguments: ["now": now, "host": host, "opens": Self.opensOfOneBoot])
            guard database.changesCount == 1 else { return nil }
            return try RebootEntry.fetchOne(
                database, sql: "SELECT * FROM reboot WHERE host = ? AND state = 'opened'", arguments: [host])
        }
    }

    /// What `open` would give; changes nothing.
    package func peek(host: String, now: Int64) throws -> RebootEntry? {
        try database.read { database in
            try RebootEntry.fetchOne(
                database,
                sql: """
                    SELECT * FROM reboot WHERE host = :host AND opens < :opens
                      AND (state = 'waiting' AND expires > :now OR state = 'opened' AND opened > :late)
                    """,
                arguments: [
                    "host": host, "opens": Self.opensOfOneBoot, "now": now, "late": now - Self.spanOfOneBoot,
                ])
        }
    }

    /// The host has asked for something that comes after a reboot's file, or before it in its next boot.
    package func goesOn(host: String, now: Int64) throws {
        guard try isPending(host: host, state: .opened) else { return }
        try database.writeDurably { database in
            try database.execute(
                sql: """
                    UPDATE reboot SET state = CASE WHEN opens >= :opens THEN 'done' ELSE 'uncertain' END, changed = :now
                    WHERE host = :host AND state = 'opened'
                    """, arguments: ["now": now, "host": host, "opens": Self.opensOfOneBoot])
        }
    }

    /// Ends what nobody fetched in time, and what a host that was switched off left open.
    package func settle(now: Int64) throws {
        try database.write { try Self.settleLate($0, now: now) }
    }

    /// Removes what came to its end before `cutoff`, seconds since 1970. The last entry stays, so that no number is
    /// given twice.
    package func forget(before cutoff: Int64) throws {
        try database.write { database in
            try database.execute(
                sql: """
                    DELETE FROM reboot WHERE changed < ? AND state NOT IN ('waiting', 'opened')
                      AND id < (SELECT max(id) FROM reboot)
                    """, arguments: [cutoff])
        }
    }

    /// Newest first.
    /// - Parameter all: with those that are over, too.
    package func list(all: Bool = false) throws -> [RebootEntry] {
        try database.read { database in
            try RebootEntry.fetchAll(
                database,
                sql: "SELECT * FROM reboot WHERE :all OR state IN ('waiting', 'opened', 'uncertain') ORDER BY id DESC",
                arguments: ["all": all])
        }
    }

    /// - Returns: nil if there is none: it never was, or retention has removed it.
    package func entry(_ id: Int64) throws -> RebootEntry? {
        try database.read { try RebootEntry.fetchOne($0, sql: "SELECT * FROM reboot WHERE id = ?", arguments: [id]) }
    }

    private func isPending(host: String, state: RebootEntry.State? = nil) throws -> Bool {
        try database.read { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM reboot WHERE host = :host
                      AND state IN ('waiting', 'opened') AND (:state IS NULL OR state = :state))
                    """, arguments: ["host": host, "state": state?.rawValue]) ?? false
        }
    }

    private static func settleLate(_ database: Database, now: Int64) throws {
        try database.execute(
            sql: """
                UPDATE reboot SET state = 'expired', changed = :now WHERE state = 'waiting' AND expires <= :now;
                """, arguments: ["now": now])
        try database.execute(
            sql: """
                UPDATE reboot SET state = CASE WHEN opens >= :opens THEN 'done' ELSE 'uncertain' END, changed = :now
                WHERE state = 'opened' AND opened <= :late
                """, arguments: ["now": now, "opens": opensOfOneBoot, "late": now - spanOfOneBoot])
    }
}
