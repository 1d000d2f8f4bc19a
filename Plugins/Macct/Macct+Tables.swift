package import HookHost
package import HookStore
import LinuxKit

extension Macct: Stateful, Measured {
    /// Table `machine_account`.
    package static let migrations = [
        Migration("macct: machine accounts", sql: tables)
    ]

    /// No hash is ever in it: what is written into the AD is read from the image's file when it is done.
    private static let tables = """
        CREATE TABLE machine_account (
            id INTEGER PRIMARY KEY,
            work TEXT NOT NULL,             -- apply or capture
            host TEXT NOT NULL COLLATE NOCASE,
            image TEXT NOT NULL,
            version TEXT,                   -- capture: of which image, by size and time
            state TEXT NOT NULL,
            created INTEGER NOT NULL,       -- milliseconds since 1970, as all times here
            changed INTEGER NOT NULL,
            due INTEGER NOT NULL,           -- not tried before
            attempts INTEGER NOT NULL DEFAULT 0,
            worker TEXT,                    -- the process that is at it
            connection TEXT,                -- that asked
            address TEXT,
            note TEXT
        );
        CREATE INDEX machine_account_by_state ON machine_account (state, due);
        CREATE INDEX machine_account_by_host ON machine_account (host, work, image);
        """

    /// nil: there is no database.
    var queue: MachineAccountQueue? { context.store.map { MachineAccountQueue(database: $0.database) } }

    /// 0 without a database, too.
    package func figures() -> [Figure] {
        [Figure("machine accounts that wait", metric: "linbo_macct_waiting", (try? queue?.depth()) ?? 0)]
    }

    /// Removes what has been over since before `cutoff`; what waits stays.
    package func forget(before cutoff: Int64) throws {
        try queue?.forget(before: cutoff)
    }
}
