import Foundation
import GRDB
import HookStore
import LinboHookd
import Testing

/// Tables that went from the store to their plugins.
@Suite struct UpgradeTests {
    /// As the version before made it.
    private static let before = """
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES ('1: audit, boot commands, keys'), ('2: history of images'),
            ('macct: machine accounts'), ('one-shot reboots'), ('audit log by size');
        CREATE TABLE onboot (
            id INTEGER PRIMARY KEY, host TEXT NOT NULL COLLATE NOCASE, command TEXT NOT NULL, file TEXT,
            state TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, changed INTEGER NOT NULL, connection TEXT,
            path TEXT, claim INTEGER, note TEXT
        );
        CREATE INDEX onboot_by_host ON onboot (host, state);
        CREATE UNIQUE INDEX onboot_by_file ON onboot (host, file) WHERE file IS NOT NULL;
        CREATE TABLE key_lease (
            host TEXT NOT NULL COLLATE NOCASE, product TEXT NOT NULL, key TEXT NOT NULL, leased INTEGER NOT NULL,
            PRIMARY KEY (host, product)
        );
        CREATE INDEX key_lease_by_key ON key_lease (product, key);
        INSERT INTO onboot (host, command, state, created, changed) VALUES ('pc01', 'sync:1', 'queued', 1, 1);
        INSERT INTO key_lease VALUES ('pc01', 'windows', 'VK7JG-NPHTM-C97JM-9MPGT-3V66T', 1);
        """

    @Test("a database of the version before keeps what waits and what was given away; a second start changes nothing")
    func keeps() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try DatabaseQueue(path: "\(directory)/\(Store.fileName)").write { try $0.execute(sql: Self.before) }
        for _ in 0..<2 {
            let store = try Store(directory: directory, migrations: Store.migrations())
            let (command, key, tables) = try store.database.read { database in
                (
                    try String.fetchOne(database, sql: "SELECT command FROM onboot"),
                    try String.fetchOne(database, sql: "SELECT key FROM key_lease"),
                    try String.fetchAll(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
                )
            }
            #expect(command == "sync:1" && key == "VK7JG-NPHTM-C97JM-9MPGT-3V66T")
            #expect(Set(["event", "job", "job_line"]).isSubset(of: tables))
        }
    }
}
