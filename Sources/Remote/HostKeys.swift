package import GRDB
package import HookStore
package import SSH

/// The keys by which PCs show that they are PCs of this school. They share one, as it lies in linbofs, so it is trusted
/// or not for all of them: the first that is ever seen is, any other after an admin has said so.
package struct HostKeys: Sendable {
    /// A key that was seen, and what is thought of it.
    package struct Entry: Sendable, Codable, Equatable, FetchableRecord {
        /// `SHA256:…`
        package let fingerprint: String
        /// As in known_hosts.
        package let type: String
        /// The key itself, as known_hosts has it.
        package let base64: String
        /// Whether PCs that show it are spoken to.
        package let isTrusted: Bool
        /// Who trusts it; nil: nobody.
        package let by: String?
        /// When it was seen first; milliseconds since 1970.
        package let first: Int64
        /// Which PC showed it first.
        package let host: String
    }

    private let database: DatabasePool

    /// Those that nobody trusts are kept up to this: a PC could make one for each connection.
    private static let mostStrangers = 100

    /// - Parameter store: the database that `migrations` were done in.
    package init(_ store: Store) {
        database = store.database
    }

    /// Its table, `host_key`.
    package static let migrations = [
        Migration(
            "remote: host keys",
            sql: """
                CREATE TABLE host_key (
                    fingerprint TEXT PRIMARY KEY,
                    type TEXT NOT NULL,
                    base64 TEXT NOT NULL,
                    isTrusted INTEGER NOT NULL,
                    "by" TEXT,
                    first INTEGER NOT NULL,
                    host TEXT NOT NULL
                );
                """)
    ]

    /// What is thought of a key that a PC shows; the first one of all is trusted from now on.
    /// - Parameters:
    ///   - host: the PC.
    ///   - now: milliseconds since 1970.
    /// - Returns: whether it is trusted, and whether that is new.
    package func judge(_ key: HostKey, of host: String, now: Int64) throws -> (isTrusted: Bool, isNew: Bool) {
        if let known = try database.read({ try Self.trust(in: key, $0) }) { return (known, false) }
        return try database.writeDurably { database in
            // Another PC may have shown it meanwhile.
            if let known = try Self.trust(in: key, database) { return (known, false) }
            let isFirst = try !(Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM host_key)") ?? true)
            try database.execute(
                sql: "INSERT INTO host_key (fingerprint, type, base64, isTrusted, \"by\", first, host) "
                    + "VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    key.fingerprint, key.type, key.base64, isFirst, isFirst ? "first sight" : nil, now, host,
                ])
            try database.execute(
                sql: """
                    DELETE FROM host_key WHERE NOT isTrusted AND fingerprint NOT IN (
                        SELECT fingerprint FROM host_key WHERE NOT isTrusted ORDER BY first DESC, rowid DESC LIMIT ?)
                    """, arguments: [Self.mostStrangers])
            return (isFirst, true)
        }
    }

    private static func trust(in key: HostKey, _ database: Database) throws -> Bool? {
        try Bool.fetchOne(
            database, sql: "SELECT isTrusted FROM host_key WHERE fingerprint = ? AND base64 = ?",
            arguments: [key.fingerprint, key.base64])
    }

    /// All that were seen, those that are trusted first.
    package func all() throws -> [Entry] {
        try database.read {
            try Entry.fetchAll($0, sql: "SELECT * FROM host_key ORDER BY isTrusted DESC, first, rowid")
        }
    }

    /// As part of a transaction, with the audit row of whoever decides.
    /// - Parameter isTrusted: false: PCs that show it are no longer spoken to.
    /// - Returns: the key as it is now; nil: no PC has shown such a one.
    package static func set(
        _ fingerprint: String, isTrusted: Bool, by actor: String, _ database: Database
    ) throws -> Entry? {
        try database.execute(
            sql: "UPDATE host_key SET isTrusted = ?, \"by\" = ? WHERE fingerprint = ?",
            arguments: [isTrusted, isTrusted ? actor : nil, fingerprint])
        return try Entry.fetchOne(
            database, sql: "SELECT * FROM host_key WHERE fingerprint = ?", arguments: [fingerprint])
    }
}
