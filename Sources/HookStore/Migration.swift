package import GRDB

/// A step that makes or changes tables, and runs once on every server. A landed step is never changed; a new one
/// follows it.
package struct Migration: Sendable {
    /// By which a server remembers that it ran: unique among all, so it begins with its owner's name.
    package let name: String
    let change: @Sendable (Database) throws -> Void

    /// - Parameter change: runs in a transaction of its own; if it throws, the database can't be opened.
    package init(_ name: String, _ change: @escaping @Sendable (Database) throws -> Void) {
        self.name = name
        self.change = change
    }

    /// - Parameter sql: statements that need no values.
    package init(_ name: String, sql: String) {
        self.init(name) { try $0.execute(sql: sql) }
    }
}
