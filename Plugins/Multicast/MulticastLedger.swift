import GRDB
import HookStore
import LinboModel

/// Which image has which port, for ever; which PC was told of which image; what an admin wants sent.
struct MulticastLedger: Sendable {
    static let migrations = [
        Migration(
            "multicast: ports, wishes, orders",
            sql: """
                CREATE TABLE multicast_port (
                    image TEXT PRIMARY KEY,     -- win11.qcow2
                    port INTEGER NOT NULL UNIQUE
                ) WITHOUT ROWID;
                CREATE TABLE multicast_wish (
                    host TEXT NOT NULL,
                    image TEXT NOT NULL,
                    address TEXT NOT NULL,      -- the PC's
                    server TEXT NOT NULL,       -- the server's, in the PC's network
                    at INTEGER NOT NULL,        -- when the PC got the list; milliseconds since 1970
                    PRIMARY KEY (host, image)
                ) WITHOUT ROWID;
                CREATE TABLE multicast_order (
                    image TEXT PRIMARY KEY,
                    clients INTEGER,            -- NULL: as configured
                    wait INTEGER,               -- seconds
                    actor TEXT NOT NULL,
                    at INTEGER NOT NULL         -- milliseconds since 1970
                ) WITHOUT ROWID;
                """)
    ]

    let database: DatabasePool

    /// A PC that may come for an image.
    struct Wish: Sendable, Hashable {
        let host: String
        let image: ImageName
        let address: String
        let server: String
    }

    /// An image whose senders run until somebody stops them.
    struct Order: Sendable, Hashable {
        let image: ImageName
        let clients: Int?
        let wait: Int?
    }

    /// All that says which senders shall run.
    struct Demand: Sendable, Equatable {
        var wishes: [Wish] = []
        var orders: [Order] = []
        var ports: [ImageName: UInt16] = [:]

        var images: Set<ImageName> { Set(wishes.map(\.image) + orders.map(\.image)) }
    }

    // MARK: Reading

    /// - Parameter cutoff: wishes that are older do not count; milliseconds since 1970.
    func demand(since cutoff: Int64) throws -> Demand {
        try database.read { database in
            Demand(
                wishes: try Row.fetchAll(
                    database, sql: "SELECT * FROM multicast_wish WHERE at >= ? ORDER BY host, image",
                    arguments: [cutoff]
                ).compactMap { row in
                    ImageName(row["image"] as String).map {
                        Wish(host: row["host"], image: $0, address: row["address"], server: row["server"])
                    }
                },
                orders: try Row.fetchAll(database, sql: "SELECT * FROM multicast_order ORDER BY image").compactMap {
                    row in
                    ImageName(row["image"] as String).map {
                        Order(image: $0, clients: row["clients"], wait: row["wait"])
                    }
                }, ports: try Self.ports(database))
        }
    }

    private static func ports(_ database: Database) throws -> [ImageName: UInt16] {
        let rows = try Row.fetchAll(database, sql: "SELECT image, port FROM multicast_port")
        return Dictionary(
            rows.compactMap { row in
                guard let image = ImageName(row["image"] as String), let port = UInt16(exactly: row["port"] as Int)
                else { return nil }
                return (image, port)
            }, uniquingKeysWith: { first, _ in first })
    }

    // MARK: Writing

    /// What a host's list has: it takes the place of an earlier list.
    /// - Parameter cutoff: wishes that are older are forgotten.
    func wish(
        _ images: [ImageName], of host: String, at address: String, from server: String, now: Int64,
        forgetting cutoff: Int64, _ range: PortRange
    ) throws {
        try database.writeDurably { database in
            try database.execute(
                sql: "DELETE FROM multicast_wish WHERE host = ? OR at < ?", arguments: [host, cutoff])
            for image in images {
                try Self.givePort(image, database, range)
                try database.execute(
                    sql: "INSERT INTO multicast_wish VALUES (?, ?, ?, ?, ?)",
                    arguments: [host, image.text, address, server, now])
            }
        }
    }

    static func order(_ order: Order, by actor: String, now: Int64, _ database: Database, _ range: PortRange) throws {
        try givePort(order.image, database, range)
        try database.execute(
            sql: "INSERT OR REPLACE INTO multicast_order VALUES (?, ?, ?, ?, ?)",
            arguments: [order.image.text, order.clients, order.wait, actor, now])
    }

    /// - Returns: whether there was anything.
    static func withdraw(_ image: ImageName, _ database: Database) throws -> Bool {
        var count = 0
        for table in ["multicast_wish", "multicast_order"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE image = ?", arguments: [image.text])
            count += database.changesCount
        }
        return count > 0
    }

    func forget(before cutoff: Int64) throws {
        try database.writeDurably {
            try $0.execute(sql: "DELETE FROM multicast_wish WHERE at < ?", arguments: [cutoff])
        }
    }

    /// An image keeps its port, so that no PC ever hears another image's bytes where it expects its own. Where none is
    /// free, that of an image is taken which nobody wants any more.
    private static func givePort(_ image: ImageName, _ database: Database, _ range: PortRange) throws {
        let taken = try ports(database)
        if let port = taken[image], range.contains(port) { return }
        try database.execute(sql: "DELETE FROM multicast_port WHERE image = ?", arguments: [image.text])
        let used = Set(taken.filter { $0.key != image }.values)
        guard let port = try range.all.first(where: { !used.contains($0) }) ?? freePort(database, range) else {
            throw NoPort(range: range)
        }
        try database.execute(sql: "INSERT INTO multicast_port VALUES (?, ?)", arguments: [image.text, Int(port)])
    }

    private static func freePort(_ database: Database, _ range: PortRange) throws -> UInt16? {
        let unwanted = try Int.fetchOne(
            database,
            sql: """
                DELETE FROM multicast_port WHERE port = (
                    SELECT port FROM multicast_port WHERE port BETWEEN ? AND ?
                    AND image NOT IN (SELECT image FROM multicast_wish UNION SELECT image FROM multicast_order)
                    ORDER BY port LIMIT 1)
                RETURNING port
                """, arguments: [Int(range.first), range.all.last.map { Int($0) } ?? 0])
        return unwanted.flatMap { UInt16(exactly: $0) }
    }
}

/// Even ports, one for each image.
struct PortRange: Sendable, Hashable {
    let first: UInt16
    let count: Int

    var all: [UInt16] { (0..<count).compactMap { UInt16(exactly: Int(first) + 2 * $0) } }

    func contains(_ port: UInt16) -> Bool {
        port >= first && port % 2 == first % 2 && Int(port - first) / 2 < count
    }
}

/// All ports have an image.
struct NoPort: Error, CustomStringConvertible {
    let range: PortRange

    var description: String {
        "all \(range.count) ports from \(range.first) on have an image that PCs want: raise `images` of plugin multicast"
    }
}
