import API
package import GRDB
import GRDBSQLite
import Glibc
import LinboModel

/// The SQLite database in the state directory: what was decided (audit), what became of images, and what plugins keep.
/// The daemon and `once` open it side by side.
package struct Store: Sendable {
    /// In the state directory; SQLite's `-wal` and `-shm` lie beside it.
    package static let fileName = "linbo-hookd.sqlite"

    /// For plugins' own tables: transactions that must outlive a power cut are `writeDurably`.
    package let database: DatabasePool

    /// Opens the database, makes it if needed, with a mode for its owner only.
    /// - Parameters:
    ///   - directory: the state directory; made with mode 0700 if it is not there.
    ///   - migrations: of the plugins' tables, behind the store's own.
    ///   - patience: how long a statement waits for another process's lock.
    /// - Throws: `StoreError` that names the file and the fix; `PermissionDenied`.
    package init(directory: String, migrations: [Migration] = [], patience: Duration = .seconds(5)) throws {
        let path = "\(directory)/\(Self.fileName)"
        do {
            try Self.makePrivate(directory: directory, file: path)
            var configuration = Self.configuration(patience)
            configuration.prepareDatabase { database in
                guard !database.configuration.readonly else { return }
                // Before the first table is made; a database that is there already stays as it is.
                try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
                // After a checkpoint, the -wal file is cut to this.
                try database.execute(sql: "PRAGMA journal_size_limit = \(16 << 20)")
            }
            database = try DatabasePool(path: path, configuration: configuration)
            try Schema.migrator(with: migrations).migrate(database)
        } catch let error as DatabaseError {
            throw StoreError(path: path, error)
        }
    }

    /// Reads a database that the daemon made: never creates one, changes nothing in it, and makes no migration. SQLite
    /// may leave an empty `-wal` and its `-shm` beside it, as the daemon does.
    /// - Parameter migrations: those that must have been made.
    /// - Throws: as above; `StoreError`, too, for the database of an older version.
    package init(reading directory: String, migrations: [Migration] = [], patience: Duration = .seconds(5)) throws {
        let path = "\(directory)/\(Self.fileName)"
        guard access(path, F_OK) == 0 else {
            throw PermissionDenied(path)
                ?? StoreError(
                    path: path, cause: "it is not there yet",
                    fix: "the daemon makes it at its first start: systemctl start linbo-hookd")
        }
        let isComplete: Bool
        do {
            var configuration = Self.configuration(patience)
            configuration.readonly = true
            database = try DatabasePool(path: path, configuration: configuration)
            let migrator = Schema.migrator(with: migrations)
            isComplete = try database.read { try migrator.appliedIdentifiers($0).isSuperset(of: migrator.migrations) }
        } catch let error as DatabaseError {
            throw StoreError(path: path, error)
        }
        guard isComplete else {
            throw StoreError(
                path: path, cause: "it is an older version's",
                fix: "the daemon of this version brings it up to date at its start: systemctl restart linbo-hookd")
        }
    }

    private static func configuration(_ patience: Duration) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience / .seconds(1))
        configuration.maximumReaderCount = 2
        return configuration
    }

    /// Rows for requests and for what admins did.
    package var audit: AuditLog { AuditLog(database: database) }
    /// What happened, with numbers for whoever follows.
    package var events: EventLog { EventLog(database: database) }
    /// What became of images.
    package var images: ImageHistory { ImageHistory(database: database) }

    /// Does something together with its rows in the audit log: both are there afterwards, past a power cut too, or
    /// neither.
    /// - Parameter act: what is done. It gets the transaction's database, and is called once.
    /// - Throws: `Fault` while another process has the database locked; what `act` throws.
    package func record<Value: Sendable>(
        _ rows: @autoclosure () -> [AuditEntry], _ act: (Database) throws -> Value
    ) throws -> Value {
        do {
            return try database.writeDurably { database in
                let value = try act(database)
                try AuditLog.insert(rows(), database)
                return value
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            throw Fault(
                .unavailable, "another process holds the database, and nothing was done",
                fix: "try again; `fuser \(database.path)` names it")
        }
    }

    /// SQLite gives its `-wal` and `-shm` files the mode of the database itself.
    private static func makePrivate(directory: String, file: String) throws {
        if mkdir(directory, 0o700) != 0 && errno != EEXIST { throw failure(directory) }
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(file) }
        close(descriptor)
    }

    /// Of the system call that just failed.
    private static func failure(_ path: String) -> any Error {
        PermissionDenied(path) ?? StoreError(path: path, cause: String(cString: strerror(errno)))
    }
}

/// The database can't be used.
package struct StoreError: Error, CustomStringConvertible {
    /// File or directory that can't be used.
    package let path: String
    /// In the system's or SQLite's words.
    package let cause: String
    /// For an admin.
    package let fix: String

    init(
        path: String, cause: String,
        fix: String = "check the state directory's owner, its free space and that it is on a local disk"
    ) {
        self.path = path
        self.cause = cause
        self.fix = fix
    }

    /// What SQLite says when it opens the file.
    init(path: String, _ error: DatabaseError) {
        guard [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode) else {
            self.init(path: path, cause: "\(error)")
            return
        }
        self.init(
            path: path, cause: "the file is destroyed (\(error))",
            fix:
                "`systemctl stop linbo-hookd`, move it away with its -wal and -shm, and start the daemon again, which "
                + "makes a new one: audit log, boot commands and key leases are lost, unless a backup is put there")
    }

    package var description: String { "\(path): \(cause); \(fix)" }
}

extension DatabaseWriter {
    /// A transaction that waits for no other process's lock: whoever claims a boot command meanwhile, with a client
    /// waiting, would wait behind it.
    func writeAtOnce(_ updates: (Database) throws -> Void) throws {
        var patience: Int32 = 0
        if case .timeout(let seconds) = configuration.busyMode { patience = Int32(seconds * 1000) }
        try writeWithoutTransaction { database in
            sqlite3_busy_timeout(database.sqliteConnection, 0)
            defer { sqlite3_busy_timeout(database.sqliteConnection, patience) }
            try database.inTransaction(.immediate) {
                try updates(database)
                return .commit
            }
        }
    }

    /// A transaction that is on disk, past a power cut too, when this returns: for what must not happen twice.
    package func writeDurably<Value: Sendable>(_ updates: (Database) throws -> Value) throws -> Value {
        try writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            defer { try? database.execute(sql: "PRAGMA synchronous = NORMAL") }
            var value: Value?
            try database.inTransaction(.immediate) {
                value = try updates(database)
                return .commit
            }
            guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
            return value
        }
    }
}
