package import HookHost
package import HookStore
import LinuxKit

extension OnbootCmd: Stateful, Measured {
    /// Table `onboot`.
    package static let migrations = [
        // Servers of before have them already, by a step of the store's.
        Migration("onboot-cmd: boot commands", sql: tables)
    ]

    private static let tables = """
        CREATE TABLE IF NOT EXISTS onboot (
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL COLLATE NOCASE,
            command TEXT NOT NULL,          -- never with its password item
            file TEXT,                      -- identity of the dropped file; NULL: queued by linboctl
            state TEXT NOT NULL,
            created INTEGER NOT NULL,       -- seconds since 1970, as all times here
            expires INTEGER,
            changed INTEGER NOT NULL,
            connection TEXT,
            path TEXT,                      -- by which name the connection asked
            claim INTEGER,                  -- drawn anew for each claim; only its holder can settle it
            note TEXT
        );
        CREATE INDEX IF NOT EXISTS onboot_by_host ON onboot (host, state);
        CREATE UNIQUE INDEX IF NOT EXISTS onboot_by_file ON onboot (host, file) WHERE file IS NOT NULL;
        """

    /// nil: there is no database.
    var journal: OnbootJournal? { context.store.map { OnbootJournal(database: $0.database) } }

    /// Waiting, in delivery or uncertain; those in files, too.
    package func figures() -> [Figure] {
        let queued = (try? journal?.list().count) ?? 0
        let dropped = DroppedCommands.waiting(in: context.tree, for: context.hosts.devices, journal).count
        return [Figure("boot commands", metric: "linbo_onboot_commands", queued + dropped)]
    }

    /// Marks as expired what nobody fetched in time, and removes what has been over since before `cutoff`.
    package func forget(before cutoff: Int64) throws {
        guard let journal else { return }
        try journal.expire(now: UnixTime.now())
        try journal.forget(before: cutoff / 1000, keeping: DroppedCommands.identities(in: context.tree))
    }
}
