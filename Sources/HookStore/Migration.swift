package import GRDB

/// A step that makes or changes tables, and runs once on every server. A landed step is never changed; a new one
/// follows it.
package struct Migration: Sendable {
    /// By which a server remembers that it ran: unique among all, so it begins with its owner's name.
    package let name: String
    let change: @Sendable (Database) throws -> Void

    package init(_ name: String, _ change: @escaping @Sendable (Database) throws -> Void) {
        self.name = name
        self.change = change
    }

    package init(_ name: String, sql: String) {
        self.init(name) { try $0.execute(sql: sql) }
    }
}
