package import GRDB
import HookStore

/// Reads, which change nothing.
extension JobQueue {
    /// Newest first; what is not over before what is.
    /// - Parameters:
    ///   - batch: those that were wanted together; nil: whatever they belong to.
    ///   - limit: -1: all.
    package func list(
        kind: String? = nil, batch: Int64? = nil, states: [Job.State] = Job.State.allCases, limit: Int = 1000
    ) throws -> [Job] {
        let marks = databaseQuestionMarks(count: states.count)
        return try database.read { database in
            try Job.fetchAll(
                database,
                sql: """
                    SELECT * FROM job
                    WHERE state IN (\(marks)) AND (? IS NULL OR kind = ?) AND (? IS NULL OR batch = ?)
                    ORDER BY state IN \(Self.open) DESC, id DESC LIMIT ?
                    """, arguments: StatementArguments(states.map(\.rawValue)) + [kind, kind, batch, batch, limit])
        }
    }

    /// What is not over of some lanes, oldest first.
    package func open(kind: String, lanes: [String]) throws -> [Job] {
        try database.read { try Self.open($0, kind: kind, lanes: lanes) }
    }

    /// The same within a transaction.
    package static func open(_ database: Database, kind: String, lanes: [String]) throws -> [Job] {
        let lanes = Set(lanes.map { $0.lowercased() })
        return try Job.fetchAll(
            database, sql: "SELECT * FROM job WHERE kind = ? AND state IN \(open) ORDER BY id", arguments: [kind]
        ).filter { lanes.contains($0.lane?.lowercased() ?? "") }
    }

    /// nil: there is none of this number, or none any more.
    package func job(_ id: Int64) throws -> Job? {
        try database.read { try Job.fetchOne($0, sql: "SELECT * FROM job WHERE id = ?", arguments: [id]) }
    }

    /// Oldest first.
    /// - Parameter number: only those behind this one.
    package func lines(of id: Int64, after number: Int64 = 0) throws -> [JobLine] {
        try database.read {
            try JobLine.fetchAll(
                $0, sql: "SELECT rowid AS n, at, text FROM job_line WHERE job = ? AND rowid > ? ORDER BY rowid",
                arguments: [id, number])
        }
    }

    /// How many are not over.
    package func depth() throws -> Int {
        try database.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM job WHERE state IN \(Self.open)") ?? 0
        }
    }
}
