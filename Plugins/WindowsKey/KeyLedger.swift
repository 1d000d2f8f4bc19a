package import GRDB
import HookStore
package import LinboModel

/// Which host was given which key of a pool. A lease stays with its host, so that laying an image anew burns no
/// activation.
package struct KeyLedger: Sendable {
    private let database: DatabasePool

    /// On the daemon's database, which has the plugin's migration.
    package init(database: DatabasePool) {
        self.database = database
    }

    /// A key and how many hosts may have it.
    package struct PoolKey: Sendable, Hashable {
        /// In the pool file.
        package let key: ProductKey
        /// Hosts that can have it at the same time.
        package let activations: Int

        /// One line of the pool file.
        package init(key: ProductKey, activations: Int) {
            self.key = key
            self.activations = activations
        }
    }

    /// Row in table `key_lease`.
    package struct Lease: Sendable, Equatable {
        /// Hostname, as devices.csv had it.
        package let host: String
        /// `windows` or `office`.
        package let product: String
        /// Whole: not for logs or answers.
        package let key: ProductKey
        /// Seconds since 1970.
        package let leased: Int64
    }

    /// The key that a host has, or would be given; changes nothing.
    /// - Returns: nil if the pool has none left.
    package func peek(host: String, product: String, pool: [PoolKey]) throws -> ProductKey? {
        try database.read { try Self.choose($0, host: host, product: product, pool: pool)?.key }
    }

    /// The key that a host has; else the first of the pool with an activation left is given to it for good.
    /// - Returns: nil if the pool has none left.
    package func lease(host: String, product: String, pool: [PoolKey], now: Int64) throws -> ProductKey? {
        try database.writeDurably { database in
            guard let choice = try Self.choose(database, host: host, product: product, pool: pool) else { return nil }
            if choice.isNew {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO key_lease (host, product, key, leased) VALUES (?, ?, ?, ?)",
                    arguments: [host, product, choice.key.text, now])
            }
            return choice.key
        }
    }

    /// Gives a host's keys back, for a PC that is gone.
    /// - Returns: how many leases ended.
    package func release(host: String) throws -> Int { try database.writeDurably { try Self.release($0, host: host) } }

    /// As part of a transaction.
    static func release(_ database: Database, host: String) throws -> Int {
        try database.execute(sql: "DELETE FROM key_lease WHERE host = ?", arguments: [host])
        return database.changesCount
    }

    /// By product, oldest first. One whose key can't be parsed is left out.
    package func leases() throws -> [Lease] {
        try database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM key_lease ORDER BY product, leased, host").compactMap {
                row in
                guard let key = try? ProductKey(row["key"] as String) else { return nil }
                return Lease(host: row["host"], product: row["product"], key: key, leased: row["leased"])
            }
        }
    }

    /// A lease whose key is no longer in the pool is replaced: the admin took that key out.
    private static func choose(
        _ database: Database, host: String, product: String, pool: [PoolKey]
    ) throws -> (key: ProductKey, isNew: Bool)? {
        let held = try String.fetchOne(
            database, sql: "SELECT key FROM key_lease WHERE host = ? AND product = ?", arguments: [host, product])
        if let held, let key = pool.first(where: { $0.key.text == held })?.key { return (key, false) }
        for candidate in pool {
            let used =
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM key_lease WHERE product = ? AND key = ?",
                    arguments: [product, candidate.key.text]) ?? 0
            if used < candidate.activations { return (candidate.key, true) }
        }
        return nil
    }
}
