import Foundation
import GRDB

/// The events, as far back as they are kept.
package struct EventLog: Sendable {
    private let database: DatabasePool

    /// Of all kinds together; older ones go first.
    private static let most = 100_000

    init(database: DatabasePool) {
        self.database = database
    }

    /// What came after a number.
    package struct Page: Sendable, Codable, Equatable {
        /// Oldest first.
        package let events: [Event]
        /// After which to ask for the next ones.
        package let next: Int64
        /// Events after the number that was asked for are not kept any more, or the number is of another database.
        package let hasGap: Bool
    }

    /// On disk, past a power cut too, when this returns.
    package func append(_ drafts: [Event.Draft]) throws -> [Event] {
        try database.writeDurably { database in
            try drafts.map { draft in
                let data = String(decoding: try JSONEncoder().encode(draft.data), as: UTF8.self)
                try database.execute(
                    sql: "INSERT INTO event (at, kind, school, subject, data) VALUES (?, ?, ?, ?, ?)",
                    arguments: [draft.at, draft.kind.rawValue, draft.school, draft.subject, data])
                return Event(draft, n: database.lastInsertedRowID)
            }
        }
    }

    /// - Parameter number: nil: the newest `limit`.
    package func page(after number: Int64?, limit: Int = 1000) throws -> Page {
        try database.read { database in
            let last = try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'event'") ?? 0
            let first = try Int64.fetchOne(database, sql: "SELECT min(n) FROM event") ?? last + 1
            let start = number ?? max(first - 1, last - Int64(limit))
            // One that is not reached yet was another database's.
            let isForeign = start > last || start < 0
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM event WHERE n > ? ORDER BY n LIMIT ?",
                arguments: [isForeign ? 0 : start, limit])
            let events = rows.compactMap(Self.event)
            let end: Int64 = rows.last.map { $0["n"] } ?? last
            return Page(
                events: events, next: end, hasGap: number != nil && (isForeign || start < first - 1))
        }
    }

    /// The newest of a kind for each subject.
    /// - Parameter since: milliseconds since 1970.
    package func last(_ kind: Event.Kind, since: Int64) throws -> [Event] {
        try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM event WHERE n IN (
                        SELECT max(n) FROM event WHERE kind = ? AND at >= ? GROUP BY subject) ORDER BY n
                    """, arguments: [kind.rawValue, since]
            ).compactMap(Self.event)
        }
    }

    /// Removes what is older than `cutoff`, milliseconds since 1970, and what is more than is kept.
    package func forget(before cutoff: Int64) throws {
        try database.write { database in
            try database.execute(
                sql: "DELETE FROM event WHERE at < ? OR n <= (SELECT max(n) FROM event) - ?",
                arguments: [cutoff, Self.most])
        }
    }

    /// nil: of a kind that this version does not know.
    private static func event(_ row: Row) -> Event? {
        guard let kind = Event.Kind(rawValue: row["kind"]) else { return nil }
        let text: String = row["data"]
        let data = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        return Event(
            n: row["n"], at: row["at"], kind: kind, school: row["school"], subject: row["subject"], data: data ?? [:])
    }
}
