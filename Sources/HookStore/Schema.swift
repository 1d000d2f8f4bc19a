import GRDB

/// The store's own tables, and whose order plugins' tables follow.
enum Schema {
    static func migrator(with others: [Migration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for migration in own + others { migrator.registerMigration(migration.name, migrate: migration.change) }
        return migrator
    }

    private static let own = [
        // Boot commands and keys went to their plugins since.
        Migration("1: audit, boot commands, keys", sql: audit),
        Migration("2: history of images", sql: images),
        Migration("audit log by size", sql: auditBySize),
        Migration("events", sql: events),
    ]

    private static let audit = """
        CREATE TABLE audit (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,            -- milliseconds since 1970, when it was asked
            transport TEXT NOT NULL,
            connection TEXT NOT NULL,
            address TEXT NOT NULL,
            host TEXT,                      -- NULL: in no devices.csv
            path TEXT NOT NULL,
            intent TEXT NOT NULL,
            plugin TEXT,                    -- NULL: the tree itself
            decision TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT,
            bytes INTEGER,
            duration INTEGER                -- milliseconds
        );
        CREATE INDEX audit_by_host ON audit (host, at);
        CREATE INDEX audit_by_address ON audit (address, at);
        CREATE INDEX audit_by_time ON audit (at);
        -- Append-only: rows go by age alone, which `retention` does under this switch.
        CREATE TABLE audit_retention (cutoff INTEGER NOT NULL);
        INSERT INTO audit_retention VALUES (0);
        CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
        CREATE TRIGGER audit_keeps_its_rows BEFORE DELETE ON audit
            WHEN OLD.at >= (SELECT cutoff FROM audit_retention)
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
        """

    /// Beside their age, rows go when there is no more room: by `AuditTrim`, which names in `audit_retention` what
    /// goes.
    private static let auditBySize = """
        DROP TRIGGER audit_is_append_only;
        DROP TRIGGER audit_keeps_its_rows;
        ALTER TABLE audit ADD COLUMN weight INTEGER NOT NULL DEFAULT 1;
        UPDATE audit SET weight = 3
            WHERE plugin IS NOT NULL OR decision NOT IN ('plain', 'directory', 'link', 'missing');
        CREATE INDEX audit_by_weight ON audit (weight, id);
        ALTER TABLE audit_retention ADD COLUMN weight INTEGER NOT NULL DEFAULT -1;
        ALTER TABLE audit_retention ADD COLUMN upto INTEGER NOT NULL DEFAULT 0;
        CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
        CREATE TRIGGER audit_keeps_its_rows BEFORE DELETE ON audit
            WHEN NOT EXISTS (
                SELECT 1 FROM audit_retention AS gone
                WHERE OLD.at < gone.cutoff OR (OLD.weight = gone.weight AND OLD.id <= gone.upto))
            BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
        """

    /// AUTOINCREMENT, as no number is given twice, not even of an event that is gone.
    private static let events = """
        CREATE TABLE event (
            n INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,            -- milliseconds since 1970
            kind TEXT NOT NULL,
            school TEXT,                    -- NULL: no single school's
            subject TEXT NOT NULL,
            data TEXT NOT NULL              -- JSON
        );
        CREATE INDEX event_by_time ON event (at);
        """

    private static let images = """
        CREATE TABLE image_history (
            id INTEGER PRIMARY KEY,
            image TEXT NOT NULL,
            timestamp TEXT,                 -- of the set, YYYYMMDDhhmm; NULL: it has no .info
            action TEXT NOT NULL,
            host TEXT,                      -- NULL: in no devices.csv, or an admin
            address TEXT,                   -- NULL: done on the server
            at INTEGER NOT NULL,            -- milliseconds since 1970
            bytes INTEGER,
            infoHash TEXT,
            note TEXT
        );
        CREATE INDEX image_history_by_image ON image_history (image, at);
        """
}
