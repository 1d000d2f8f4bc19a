import GRDB

/// Keeps the database at its size: what is worth least goes first, the oldest of it. Freed pages are used again, so the
/// file stops growing.
struct AuditTrim {
    /// `audit.max-size`.
    let bytes: Int64

    private static let chunk = 500
    /// In one transaction; more than what came with it.
    private static let chunks = 4
    /// Milliseconds that rows of strangers stay, however few they are, so that an admin can still see them.
    private static let grace: Int64 = 3_600_000

    /// What goes, in this order.
    private struct Step {
        let weight: Int
        var before = Int64.max
    }

    /// Part of a transaction that added rows.
    /// - Parameter now: milliseconds since 1970.
    func run(_ database: Database, now: Int64) throws {
        guard try Self.used(database) > bytes else { return }
        let steps = [Step(weight: 0, before: now - Self.grace)] + [1, 0, 2, 3].map { Step(weight: $0) }
        var left = Self.chunks
        for step in steps {
            while left > 0, try remove(step, database) {
                left -= 1
                if try Self.used(database) <= bytes { left = 0 }
            }
        }
        try database.execute(sql: "UPDATE audit_retention SET weight = -1, upto = 0")
    }

    /// Removes some of the oldest.
    /// - Returns: false if there are none.
    private func remove(_ step: Step, _ database: Database) throws -> Bool {
        let last = try Int64.fetchOne(
            database,
            sql: """
                SELECT max(id) FROM (SELECT id, at FROM audit WHERE weight = ? ORDER BY id LIMIT ?) WHERE at < ?
                """, arguments: [step.weight, Self.chunk, step.before])
        guard let last else { return false }
        try database.execute(sql: "UPDATE audit_retention SET weight = ?, upto = ?", arguments: [step.weight, last])
        try database.execute(sql: "DELETE FROM audit WHERE weight = ? AND id <= ?", arguments: [step.weight, last])
        return true
    }

    /// Bytes of pages that hold something.
    static func used(_ database: Database) throws -> Int64 {
        try pragma("page_size", database) * (pragma("page_count", database) - pragma("freelist_count", database))
    }

    static func pragma(_ name: String, _ database: Database) throws -> Int64 {
        try Int64.fetchOne(database.cachedStatement(sql: "PRAGMA \(name)")) ?? 0
    }
}
