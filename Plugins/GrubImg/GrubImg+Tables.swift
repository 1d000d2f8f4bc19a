import HookHost
package import HookStore
import LinuxKit

extension GrubImg: Stateful {
    /// Table `reboot`.
    package static let migrations = [
        Migration("one-shot reboots", sql: tables)
    ]

    private static let tables = """
        CREATE TABLE reboot (
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL COLLATE NOCASE,
            grub TEXT NOT NULL,             -- (hd0,1)
            kernel TEXT NOT NULL,
            initrd TEXT NOT NULL,           -- empty: none
            append TEXT NOT NULL,
            state TEXT NOT NULL,
            opens INTEGER NOT NULL,         -- by GRUB
            opened INTEGER,                 -- the first of them; seconds since 1970, as all times here
            created INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            changed INTEGER NOT NULL
        );
        CREATE INDEX reboot_by_host ON reboot (host, state);
        """

    /// nil: there is no database.
    var reboots: RebootJournal? { context.store.map { RebootJournal(database: $0.database) } }

    /// Ends reboots that are late, then removes those that were over before `cutoff`; the journal counts in seconds.
    package func forget(before cutoff: Int64) throws {
        try reboots?.settle(now: UnixTime.now())
        try reboots?.forget(before: cutoff / 1000)
    }
}
