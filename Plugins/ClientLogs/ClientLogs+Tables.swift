package import HookHost
package import HookStore
import LinboModel
import LinuxKit

extension ClientLogs: Stateful, Measured {
    /// Tables `client_file`, `client_image`, `client_hardware` and `client_firmware`.
    package static let migrations = [
        Migration("client-logs: what PCs told", sql: tables)
    ]

    private static let tables = """
        CREATE TABLE client_file (
            host TEXT NOT NULL,             -- in lower case, as everywhere here
            file TEXT NOT NULL,             -- linbo.log
            at INTEGER NOT NULL,            -- when it came last; milliseconds since 1970, as all numbers of time here
            bytes INTEGER NOT NULL,
            digest BLOB NOT NULL,           -- SHA-256: what comes again is known by it
            PRIMARY KEY (host, file)
        ) WITHOUT ROWID;
        CREATE TABLE client_image (
            host TEXT NOT NULL,
            base TEXT NOT NULL,             -- win11
            image TEXT NOT NULL,            -- win11.qdiff, if that was put above it
            act TEXT NOT NULL,              -- applied or created
            timestamp TEXT,                 -- of the image's .info: YYYYMMDDhhmm
            at TEXT NOT NULL,               -- the same form, by the PC's clock
            since INTEGER NOT NULL,         -- when this image with this timestamp was told of first
            PRIMARY KEY (host, base)
        ) WITHOUT ROWID;
        CREATE TABLE client_hardware (
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL,
            at INTEGER NOT NULL,            -- first
            seen INTEGER NOT NULL,          -- last
            facts TEXT NOT NULL             -- JSON
        );
        CREATE INDEX client_hardware_by_host ON client_hardware (host);
        CREATE TABLE client_firmware (
            host TEXT NOT NULL,
            name TEXT NOT NULL,             -- below /lib/firmware
            seen INTEGER NOT NULL,          -- last
            PRIMARY KEY (host, name)
        ) WITHOUT ROWID;
        """

    /// Of how many PCs something is kept.
    package func figures() -> [Figure] {
        [Figure("PCs that sent logs", metric: "linbo_client_logs_hosts", keeper.shelf.hosts.count)]
    }

    /// Removes what is kept of hosts that are in no devices.csv, and were silent since `cutoff`.
    package func forget(before cutoff: Int64) throws {
        try keeper.ledger?.forgetFirmware(before: cutoff)
        context.hosts.refresh()
        let known = Set(context.hosts.devices.hosts.map(\.name))
        // A file that can't be read makes nobody's logs old.
        guard !known.isEmpty, !context.hosts.problems.contains(where: { $0.severity == .error }) else { return }
        let told = try keeper.ledger?.hosts() ?? [:]
        let all = Set(keeper.shelf.hosts + told.keys.compactMap { HostName($0) })
        for host in all where !known.contains(host) {
            let last = max(told[host.lowercased] ?? 0, keeper.shelf.lastChange(host) * 1000)
            guard last < cutoff else { continue }
            keeper.published.remove(host, before: cutoff / 1000)
            try keeper.ledger?.forget(host)
            keeper.shelf.remove(host)
        }
    }
}
