import GRDB
package import LinboModel

/// One request of one client, with what it came to. Never holds a secret.
package struct AuditEntry: Sendable, Codable, Equatable {
    /// Milliseconds since 1970, when it was asked.
    package var at: Int64
    /// `rsync`, `tftp`, or what else leaves rows (docs/audit.md).
    package var transport: String
    /// Rows of one connection belong together: process and start, over TFTP with the number of the transfer.
    package var connection: String
    /// Whence it was asked; `-`: by the server itself.
    package var address: String
    /// nil: a client that no devices.csv knows.
    package var host: String?
    /// As it was asked for.
    package var path: String
    /// `fetch`, `probe`, `store`.
    package var intent: String
    /// nil: the tree itself.
    package var plugin: String?
    /// What was decided.
    package var decision: Decision
    /// How it ended.
    package var outcome: OutcomeWord
    /// In words, for people.
    package var reason: String?
    /// That were sent, or came; nil: none.
    package var bytes: Int64?
    /// Milliseconds.
    package var duration: Int64?

    /// Names and reasons may be a client's words: they become printable, and short.
    package init(
        at: Int64, transport: String, connection: String, address: String, host: String?, path: String, intent: String,
        plugin: String? = nil, decision: Decision, outcome: OutcomeWord, reason: String? = nil, bytes: Int64? = nil,
        duration: Int64? = nil
    ) {
        self.at = at
        self.transport = transport
        self.connection = connection
        self.address = address
        self.host = host
        self.path = printable(path, most: 4096)
        self.intent = intent
        self.plugin = plugin
        self.decision = decision
        self.outcome = outcome
        self.reason = reason.map { printable($0, most: sentenceLimit) }
        self.bytes = bytes
        self.duration = duration
    }
}

extension AuditEntry: FetchableRecord {}
extension Decision: DatabaseValueConvertible {}
extension OutcomeWord: DatabaseValueConvertible {}

/// Append-only, but for retention by age and by size.
package struct AuditLog: Sendable {
    let database: DatabasePool

    /// Which rows are wanted.
    package struct Filter: Sendable {
        /// Of a host, in any case of letters; nil with `address`: of all.
        package var host: String?
        /// Of an address, also if a host of another name has it.
        package var address: String?
        /// Milliseconds since 1970.
        package var since: Int64 = 0
        /// The newest of them.
        package var limit = 10_000

        /// What is left out leaves out nothing.
        package init(host: String? = nil, address: String? = nil, since: Int64 = 0, limit: Int = 10_000) {
            self.host = host
            self.address = address
            self.since = since
            self.limit = limit
        }
    }

    /// Writes entries now; what serves clients goes by `AuditWriter`.
    package func append(_ entries: [AuditEntry]) throws {
        guard !entries.isEmpty else { return }
        try database.write { try Self.insert(entries, $0) }
    }

    /// One transaction, which makes room for what it adds.
    /// - Parameters:
    ///   - bytes: what the database's file may have.
    ///   - now: milliseconds since 1970.
    /// - Throws: at once if another process has the database locked.
    func appendAtOnce(_ entries: some Collection<AuditEntry>, keeping bytes: Int64, now: Int64) throws {
        try database.writeAtOnce {
            try Self.insert(entries, $0)
            try AuditTrim(bytes: bytes).run($0, now: now)
        }
    }

    static func insert(_ entries: some Collection<AuditEntry>, _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO audit (at, transport, connection, address, host, path, intent, plugin, decision,
                    outcome, reason, bytes, duration, weight) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for entry in entries {
            try statement.execute(arguments: [
                entry.at, entry.transport, entry.connection, entry.address, entry.host, entry.path, entry.intent,
                entry.plugin, entry.decision.rawValue, entry.outcome.rawValue, entry.reason, entry.bytes,
                entry.duration,
                entry.weight,
            ])
        }
    }

    /// The newest entries that fit, oldest first.
    package func entries(_ filter: Filter) throws -> [AuditEntry] {
        try database.read { database in
            let rows = try AuditEntry.fetchAll(
                database,
                sql: """
                    SELECT * FROM audit
                    WHERE at >= :since
                      AND ((:host IS NULL AND :address IS NULL) OR host = :host COLLATE NOCASE OR address = :address)
                    ORDER BY at DESC, id DESC LIMIT :limit
                    """,
                arguments: [
                    "since": filter.since, "host": filter.host, "address": filter.address, "limit": filter.limit,
                ])
            return rows.reversed()
        }
    }

    /// What hosts fetched, in the order in which it was written.
    /// - Parameters:
    ///   - row: the last one that is known already.
    ///   - since: milliseconds since 1970.
    /// - Returns: the entries, `limit` at most, and the last row that they and what is left out reach to.
    package func fetched(
        after row: Int64, since: Int64, limit: Int
    ) throws -> (entries: [AuditEntry], last: Int64) {
        try database.read { database in
            let newest = try Int64.fetchOne(database, sql: "SELECT max(id) FROM audit") ?? 0
            let start = try row > 0 ? row : before(since, database) ?? newest
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM audit
                    WHERE id > ? AND at >= ? AND host IS NOT NULL AND intent = 'fetch' AND transport IN ('tftp', 'rsync')
                    ORDER BY id LIMIT ?
                    """, arguments: [start, since, limit])
            let entries = try rows.map { try AuditEntry(row: $0) }
            return (entries, entries.count < limit ? newest : rows.last?["id"] ?? newest)
        }
    }

    /// The last row before a time, by the index of times: a log of years is not read to find a day.
    /// - Returns: nil if there is none from then on.
    private func before(_ time: Int64, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT min(id) - 1 FROM audit WHERE at >= ?", arguments: [time])
    }

    /// Paths that clients asked for and did not get.
    /// - Parameter since: milliseconds since 1970.
    package func missed(since: Int64) throws -> Set<String> {
        try database.read { database in
            try Set(
                String.fetchAll(
                    database,
                    sql: "SELECT DISTINCT path FROM audit WHERE at >= ? AND outcome = 'not there' LIMIT 20000",
                    arguments: [since]))
        }
    }

    /// Entries in one transaction: clients' rows wait meanwhile.
    private static let slice = 5000
    /// What one call removes at most, in milliseconds: a clock that is far ahead for a while empties nothing.
    private static let step: Int64 = 86_400_000

    /// Removes what is older than `cutoff`, milliseconds since 1970: the oldest day of it. Called again and again, it
    /// gets there.
    /// - Returns: how many entries went.
    @discardableResult
    package func forget(before cutoff: Int64) throws -> Int {
        guard let oldest = try database.read({ try Int64.fetchOne($0, sql: "SELECT min(at) FROM audit") }) else {
            return 0
        }
        let cutoff = min(cutoff, oldest.addingReportingOverflow(Self.step).partialValue)
        guard oldest < cutoff else { return 0 }
        try database.write { database in
            try database.execute(sql: "UPDATE audit_retention SET cutoff = ?", arguments: [cutoff])
        }
        var removed = 0
        while true {
            let count = try database.write { database in
                try database.execute(
                    sql: "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY at LIMIT ?)",
                    arguments: [cutoff, Self.slice])
                return database.changesCount
            }
            removed += count
            if count < Self.slice { return removed }
        }
    }

    /// Gives free pages back to the disk, if a database of its age can: what remains of a flood, or of a larger
    /// `audit.max-size`. A few at a time, as others wait for the lock meanwhile.
    package func shrink() throws {
        for _ in 0..<1000 {
            let isDone = try database.writeWithoutTransaction { database in
                let free = try AuditTrim.pragma("freelist_count", database)
                guard free > 256, free > (try AuditTrim.pragma("page_count", database)) / 4 else { return true }
                try database.execute(sql: "PRAGMA incremental_vacuum(256)")
                return try AuditTrim.pragma("freelist_count", database) >= free
            }
            if isDone { return }
        }
    }

    /// Free bytes of a database that can't give them back, as it is older than `shrink`: it was made without
    /// `auto_vacuum`, which SQLite changes by a VACUUM alone.
    /// - Returns: 0 if it can, or if they are less than a quarter.
    package func stuckBytes() throws -> Int64 {
        try database.read { database in
            guard try AuditTrim.pragma("auto_vacuum", database) == 0 else { return 0 }
            let free = try AuditTrim.pragma("freelist_count", database)
            guard free > 256, free > (try AuditTrim.pragma("page_count", database)) / 4 else { return 0 }
            return free * (try AuditTrim.pragma("page_size", database))
        }
    }

    /// Bytes of the database's file, with all its tables.
    package func size() throws -> Int64 {
        try database.read { try AuditTrim.pragma("page_size", $0) * AuditTrim.pragma("page_count", $0) }
    }

    /// How many rows there are.
    package func count() throws -> Int {
        try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM audit") ?? 0 }
    }
}
