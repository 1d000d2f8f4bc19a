import HookHost
package import HookStore
import LinuxKit

extension WindowsKey: Stateful {
    /// Table `key_lease`.
    package static let migrations = [
        // Servers of before have them already, by a step of the store's.
        Migration("windows-key: leases", sql: tables)
    ]

    private static let tables = """
        CREATE TABLE IF NOT EXISTS key_lease (
            host TEXT NOT NULL COLLATE NOCASE,
            product TEXT NOT NULL,
            key TEXT NOT NULL,
            leased INTEGER NOT NULL,        -- seconds since 1970
            PRIMARY KEY (host, product)
        );
        CREATE INDEX IF NOT EXISTS key_lease_by_key ON key_lease (product, key);
        """

    /// Leases stay until an admin releases them.
    package func forget(before cutoff: Int64) throws {}
}
