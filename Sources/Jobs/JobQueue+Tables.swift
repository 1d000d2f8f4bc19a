package import HookStore

extension JobQueue {
    /// Its tables: `job` and `job_line`.
    package static let migrations = [
        Migration("jobs", sql: tables),
        Migration(
            "jobs: batches", sql: "ALTER TABLE job ADD COLUMN batch INTEGER; CREATE INDEX job_by_batch ON job (batch);"),
    ]

    private static let tables = """
        CREATE TABLE job (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            lane TEXT COLLATE NOCASE,
            key TEXT NOT NULL,
            parameters TEXT NOT NULL,       -- JSON
            actor TEXT NOT NULL,
            state TEXT NOT NULL,
            created INTEGER NOT NULL,       -- milliseconds since 1970, as all times here
            changed INTEGER NOT NULL,
            due INTEGER NOT NULL,
            deadline INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            percent INTEGER,
            isCancelled INTEGER NOT NULL DEFAULT 0,
            worker TEXT,
            note TEXT,
            result TEXT
        );
        CREATE INDEX job_by_state ON job (state, due);
        CREATE INDEX job_by_lane ON job (kind, lane, state);
        CREATE TABLE job_line (
            job INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
            at INTEGER NOT NULL,
            text TEXT NOT NULL
        );
        CREATE INDEX job_line_by_job ON job_line (job);
        """
}
