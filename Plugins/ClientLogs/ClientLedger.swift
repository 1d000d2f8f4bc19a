import API
import Foundation
import GRDB
import HookHost
import HookStore
import LinboModel

/// What PCs told, as tables. All times are milliseconds since 1970, but for those that PCs wrote.
struct ClientLedger: Sendable {
    let database: DatabasePool

    /// Reports of hardware that differ, kept for each host.
    static let reports = 5

    struct Last: FetchableRecord, Decodable {
        let bytes: Int
        let digest: [UInt8]

        init(row: Row) throws {
            bytes = max(0, row["bytes"])
            digest = Array(row["digest"] as Data)
        }
    }

    /// What a host has of an image.
    struct Image: FetchableRecord, Sendable {
        let host: String
        let base: String
        let image: String
        let act: String
        let timestamp: String?
        let at: String
        let since: Int64

        init(row: Row) {
            (host, base, image) = (row["host"], row["base"], row["image"])
            (act, timestamp, at, since) = (row["act"], row["timestamp"], row["at"], row["since"])
        }
    }

    /// What a host was made of from a moment on.
    struct Report: Sendable {
        let at: Int64
        let seen: Int64
        let facts: HardwareFacts
    }

    // MARK: Writing

    /// One transaction: when a file came, and what stood in it.
    func note(
        _ file: SentFile, of host: HostName, bytes: Int, digest: [UInt8], now: Int64, _ more: (Database) throws -> Void
    ) throws {
        try database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO client_file (host, file, at, bytes, digest) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (host, file)
                    DO UPDATE SET at = excluded.at, bytes = excluded.bytes, digest = excluded.digest
                    """, arguments: [host.lowercased, file.rawValue, now, bytes, Data(digest)])
            try more(database)
        }
    }

    /// All of a host's images; one that it had with the same timestamp it has since then.
    static func note(images lines: [ImageStatusLine], of host: HostName, now: Int64, _ database: Database) throws {
        let bases = lines.map(\.image.base)
        for old in try String.fetchAll(
            database, sql: "SELECT base FROM client_image WHERE host = ?", arguments: [host.lowercased])
        where !bases.contains(old) {
            try database.execute(
                sql: "DELETE FROM client_image WHERE host = ? AND base = ?", arguments: [host.lowercased, old])
        }
        for line in lines {
            try database.execute(
                sql: """
                    INSERT INTO client_image (host, base, image, act, timestamp, at, since) VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (host, base) DO UPDATE SET
                        since = iif(image = excluded.image AND timestamp IS excluded.timestamp, since, excluded.since),
                        image = excluded.image, act = excluded.act, timestamp = excluded.timestamp, at = excluded.at
                    """,
                arguments: [
                    host.lowercased, line.image.base, line.image.text, line.act.rawValue, line.timestamp, line.at, now,
                ])
        }
    }

    static func note(hardware facts: HardwareFacts, of host: HostName, now: Int64, _ database: Database) throws {
        let text = String(decoding: try APICoding.encoded(facts), as: UTF8.self)
        try database.execute(
            sql: """
                UPDATE client_hardware SET seen = :now WHERE facts = :facts
                  AND id = (SELECT max(id) FROM client_hardware WHERE host = :host)
                """, arguments: ["now": now, "facts": text, "host": host.lowercased])
        guard database.changesCount == 0 else { return }
        try database.execute(
            sql: "INSERT INTO client_hardware (host, at, seen, facts) VALUES (?, ?, ?, ?)",
            arguments: [host.lowercased, now, now, text])
        try database.execute(
            sql: """
                DELETE FROM client_hardware WHERE host = :host AND id NOT IN (
                    SELECT id FROM client_hardware WHERE host = :host ORDER BY id DESC LIMIT :most)
                """, arguments: ["host": host.lowercased, "most": reports])
    }

    static func note(firmware names: [String], of host: HostName, now: Int64, _ database: Database) throws {
        for name in names {
            try database.execute(
                sql: """
                    INSERT INTO client_firmware (host, name, seen) VALUES (?, ?, ?)
                    ON CONFLICT (host, name) DO UPDATE SET seen = excluded.seen
                    """, arguments: [host.lowercased, name, now])
        }
        guard !names.isEmpty else { return }
        try database.execute(
            sql: """
                DELETE FROM client_firmware WHERE host = :host AND name NOT IN (
                    SELECT name FROM client_firmware WHERE host = :host ORDER BY seen DESC, name LIMIT :most)
                """, arguments: ["host": host.lowercased, "most": MissingFirmware.most])
    }

    // MARK: Reading

    /// nil: it never came.
    func last(_ file: SentFile, of host: HostName) throws -> Last? {
        try database.read {
            try Last.fetchOne(
                $0, sql: "SELECT bytes, digest FROM client_file WHERE host = ? AND file = ?",
                arguments: [host.lowercased, file.rawValue])
        }
    }

    /// When it came last; nil: it never did.
    func lastTime(_ file: SentFile, of host: HostName) throws -> Int64? {
        try database.read {
            try Int64.fetchOne(
                $0, sql: "SELECT at FROM client_file WHERE host = ? AND file = ?",
                arguments: [host.lowercased, file.rawValue])
        }
    }

    /// By host and image.
    func images() throws -> [Image] {
        try database.read { try Image.fetchAll($0, sql: "SELECT * FROM client_image ORDER BY host, base") }
    }

    /// Newest first.
    func hardware(of host: HostName) throws -> [Report] {
        let rows = try database.read {
            try Row.fetchAll(
                $0, sql: "SELECT at, seen, facts FROM client_hardware WHERE host = ? ORDER BY id DESC",
                arguments: [host.lowercased])
        }
        return try rows.map { row in
            let text: String = row["facts"]
            return Report(
                at: row["at"], seen: row["seen"],
                facts: try APICoding.decoded(HardwareFacts.self, from: Data(text.utf8)))
        }
    }

    struct Firmware: FetchableRecord, Sendable {
        let name: String
        let seen: Int64

        init(row: Row) { (name, seen) = (row["name"], row["seen"]) }
    }

    /// By name.
    func firmware(of host: HostName) throws -> [Firmware] {
        try database.read {
            try Firmware.fetchAll(
                $0, sql: "SELECT name, seen FROM client_firmware WHERE host = ? ORDER BY name",
                arguments: [host.lowercased])
        }
    }

    /// Hosts that something came from, and when something came last.
    func hosts() throws -> [String: Int64] {
        let rows = try database.read {
            try Row.fetchAll($0, sql: "SELECT host, max(at) AS at FROM client_file GROUP BY host")
        }
        return Dictionary(rows.map { ($0["host"], $0["at"]) }) { first, _ in first }
    }

    // MARK: Retention

    /// All of a host's.
    func forget(_ host: HostName) throws {
        try database.write { database in
            for table in ["client_file", "client_image", "client_hardware", "client_firmware"] {
                try database.execute(sql: "DELETE FROM \(table) WHERE host = ?", arguments: [host.lowercased])
            }
        }
    }

    /// Firmware that nobody has missed since; LINBO may have it now.
    func forgetFirmware(before cutoff: Int64) throws {
        try database.write {
            try $0.execute(sql: "DELETE FROM client_firmware WHERE seen < ?", arguments: [cutoff])
        }
    }
}
