import GRDB
package import HookStore

/// A command of an order, on one PC.
package struct RemoteStep: Sendable, Codable, Equatable, FetchableRecord {
    /// How far it is; the words stand in the database and in the API.
    package enum State: String, Sendable, Codable, CaseIterable {
        case waiting
        /// It was sent, or was about to be.
        case running
        case done
        case failed
        /// Nobody knows whether it ran to its end.
        case uncertain
    }

    /// From 0 on.
    package let position: Int
    /// As it stands in the order.
    package let command: String
    package let state: State
    /// Of linbo_wrapper; nil: it told none.
    package let status: Int?
    /// Milliseconds since 1970; nil: it has not begun.
    package let began: Int64?
    /// Milliseconds since 1970; nil: it has not ended, or nobody knows when.
    package let ended: Int64?
}

/// What was done on a PC for a job, on disk before the PC is told: so that nothing is done twice, and what has to be put
/// back is, whoever died in between.
package struct RemoteJournal: Sendable {
    /// What lies on a PC that has to go again.
    package struct Traces: Sendable, Equatable, FetchableRecord, Codable {
        /// Its screen is in the state in which nobody can use it, or may be.
        package var isDisabled: Bool
        /// The password for uploads lies there, or may.
        package var hasSecret: Bool

        static let none = Traces(isDisabled: false, hasSecret: false)
    }

    private let database: DatabasePool

    /// - Parameter store: the database that `migrations` were done in.
    package init(_ store: Store) {
        database = store.database
    }

    /// Its tables, `remote_pc` and `remote_step`; rows go with their job.
    package static let migrations = [
        Migration(
            "remote: steps",
            sql: """
                CREATE TABLE remote_pc (
                    job INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
                    isDisabled INTEGER NOT NULL DEFAULT 0,
                    hasSecret INTEGER NOT NULL DEFAULT 0
                );
                CREATE TABLE remote_step (
                    job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
                    position INTEGER NOT NULL,
                    command TEXT NOT NULL,
                    state TEXT NOT NULL,
                    status INTEGER,
                    began INTEGER,              -- milliseconds since 1970
                    ended INTEGER,
                    PRIMARY KEY (job, position)
                ) WITHOUT ROWID;
                """)
    ]

    /// Before anything is done.
    /// - Parameter isNew: what is known of an earlier time is forgotten, but for what has to go from the PC.
    /// - Returns: the steps as they are.
    package func prepare(_ job: Int64, _ commands: [String], isNew: Bool) throws -> [RemoteStep] {
        try database.writeDurably { database in
            if isNew { try database.execute(sql: "DELETE FROM remote_step WHERE job = ?", arguments: [job]) }
            try database.execute(sql: "INSERT OR IGNORE INTO remote_pc (job) VALUES (?)", arguments: [job])
            for (position, command) in commands.enumerated() {
                try database.execute(
                    sql:
                        "INSERT OR IGNORE INTO remote_step (job, position, command, state) VALUES (?, ?, ?, 'waiting')",
                    arguments: [job, position, command])
            }
            return try Self.steps(of: job, database)
        }
    }

    /// By job, in their order; nothing for a job that nobody has begun.
    /// - Parameter batch: jobs that were wanted together.
    package func steps(ofBatch batch: Int64) throws -> [Int64: [RemoteStep]] {
        let rows = try database.read {
            try Row.fetchAll(
                $0,
                sql: """
                    SELECT job, position, command, remote_step.state, status, began, ended
                    FROM remote_step JOIN job ON job.id = remote_step.job
                    WHERE job.batch = ? ORDER BY job, position
                    """, arguments: [batch])
        }
        return try Dictionary(grouping: rows) { $0["job"] as Int64 }.mapValues {
            try $0.map { try RemoteStep(row: $0) }
        }
    }

    /// In their order; empty: nobody has begun.
    package func steps(of job: Int64) throws -> [RemoteStep] {
        try database.read { try Self.steps(of: job, $0) }
    }

    private static func steps(of job: Int64, _ database: Database) throws -> [RemoteStep] {
        try RemoteStep.fetchAll(
            database,
            sql: """
                SELECT position, command, state, status, began, ended FROM remote_step WHERE job = ? ORDER BY position
                """, arguments: [job])
    }

    /// - Parameter now: milliseconds since 1970.
    package func begin(_ job: Int64, step: Int, now: Int64) throws {
        try database.writeDurably {
            try $0.execute(
                sql: "UPDATE remote_step SET state = 'running', began = ? WHERE job = ? AND position = ?",
                arguments: [now, job, step])
        }
    }

    /// - Parameters:
    ///   - status: of linbo_wrapper, if it told one.
    ///   - now: milliseconds since 1970.
    package func end(_ job: Int64, step: Int, _ state: RemoteStep.State, status: Int?, now: Int64) throws {
        try database.writeDurably {
            try $0.execute(
                sql: "UPDATE remote_step SET state = ?, status = ?, ended = ? WHERE job = ? AND position = ?",
                arguments: [state.rawValue, status, now, job, step])
        }
    }

    /// What has to go from the PC again.
    package func traces(of job: Int64) throws -> Traces {
        try database.read {
            try Traces.fetchOne(
                $0, sql: "SELECT isDisabled, hasSecret FROM remote_pc WHERE job = ?", arguments: [job])
        } ?? .none
    }

    /// Before it is put there, or when it is gone.
    package func set(_ traces: Traces, of job: Int64) throws {
        try database.writeDurably {
            try $0.execute(
                sql: "UPDATE remote_pc SET isDisabled = ?, hasSecret = ? WHERE job = ?",
                arguments: [traces.isDisabled, traces.hasSecret, job])
        }
    }
}
