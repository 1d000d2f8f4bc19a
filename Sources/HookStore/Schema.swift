import GRDB

/// The tables, as steps that each ran once on every server. A landed step is never changed; a new one follows it.
enum Schema {
    static let migrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1: audit, boot commands, keys") { database in
            try database.execute(sql: audit)
            try database.execute(sql: onboot)
            try database.execute(sql: keys)
        }
        migrator.registerMigration("2: history of images") { database in
            try database.execute(sql: images)
        }
        migrator.registerMigration("macct: machine accounts") { database in
            try database.execute(sql: machineAccounts)
        }
        migrator.registerMigration("one-shot reboots") { database in
            try database.execute(sql: reboots)
        }
        migrator.registerMigration("audit log by size") { database in
            try database.execute(sql: auditBySize)
        }
        return migrator
    }()

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

    /// Beside their age, rows go when there is no more room: by `AuditTrim`, which names in `audit_retention` what goes.
    private static let auditBySize = """
        DROP TRIGGER audit_is_append_only;
        DROP TRIGGER audit_keeps_its_rows;
        ALTER TABLE audit ADD COLUMN weight INTEGER NOT NULL DEFAULT 1;
        UPDATE audit SET weight = 3
            WHERE plugin IS NOT NULL OR decision NOT IN ('plain', 'folder', 'link', 'missing');
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

    private static let onboot = """
        CREATE TABLE onboot (
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL COLLATE NOCASE,
            command TEXT NOT NULL,          -- never with its password item
            file TEXT,                      -- identity of the dropped file; NULL: queued by linboctl
            state TEXT NOT NULL,
            created INTEGER NOT NULL,       -- seconds since 1970, as all times here
            expires INTEGER,
            changed INTEGER NOT NULL,
            connection TEXT,
            path TEXT,                      -- by which name the connection asked
            claim INTEGER,                  -- drawn anew for each claim; only its holder can settle it
            note TEXT
        );
        CREATE INDEX onboot_by_host ON onboot (host, state);
        CREATE UNIQUE INDEX onboot_by_file ON onboot (host, file) WHERE file IS NOT NULL;
        """

    private static let keys = """
        CREATE TABLE key_lease (
            host TEXT NOT NULL COLLATE NOCASE,
            product TEXT NOT NULL,
            key TEXT NOT NULL,
            leased INTEGER NOT NULL,        -- seconds since 1970
            PRIMARY KEY (host, product)
        );
        CREATE INDEX key_lease_by_key ON key_lease (product, key);
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

    /// No hash is ever in it: what is written into the AD is read from the image's file when it is done.
    private static let machineAccounts = """
        CREATE TABLE machine_account (
            id INTEGER PRIMARY KEY,
            work TEXT NOT NULL,             -- apply or capture
            host TEXT NOT NULL COLLATE NOCASE,
            image TEXT NOT NULL,
            version TEXT,                   -- capture: of which image, by size and time
            state TEXT NOT NULL,
            created INTEGER NOT NULL,       -- milliseconds since 1970, as all times here
            changed INTEGER NOT NULL,
            due INTEGER NOT NULL,           -- not tried before
            attempts INTEGER NOT NULL DEFAULT 0,
            worker TEXT,                    -- the process that is at it
            connection TEXT,                -- that asked
            address TEXT,
            note TEXT
        );
        CREATE INDEX machine_account_by_state ON machine_account (state, due);
        CREATE INDEX machine_account_by_host ON machine_account (host, work, image);
        """

    private static let reboots = """
        CREATE TABLE reboot (
            id INTEGER PRIMARY KEY,
            host TEXT NOT NULL COLLATE NOCASE,
            grub TEXT NOT NULL,             -- (hd0,1)
            kernel TEXT NOT NULL,
            initrd TEXT NOT NULL,           -- empty: none
            append TEXT NOT NULL,
            state TEXT NOT NULL,
            opens INTEGER NOT NULL,         -- by GRUB
            opened INTEGER,                 -- the first of them; seconds since 1970, as all times here
            created INTEGER NOT NULL,
            expires INTEGER NOT NULL,
            changed INTEGER NOT NULL
        );
        CREATE INDEX reboot_by_host ON reboot (host, state);
        """
}
