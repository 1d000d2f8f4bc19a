package import HookStore

extension ScheduleBook {
    /// Its table: `schedule`.
    package static let migrations = [Migration("schedules", sql: table)]

    private static let table = """
        CREATE TABLE schedule (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,             -- at, every
            rule TEXT NOT NULL,
            zone TEXT NOT NULL,             -- that due was found in
            operation TEXT NOT NULL,        -- POST /v1/wake
            body TEXT NOT NULL,             -- JSON
            what TEXT NOT NULL,
            actor TEXT NOT NULL,
            state TEXT NOT NULL,
            due INTEGER,                    -- milliseconds since 1970, as all times here
            missed TEXT NOT NULL,
            holidays TEXT NOT NULL,
            created INTEGER NOT NULL,
            changed INTEGER NOT NULL,
            lastDue INTEGER,
            lastOutcome TEXT,
            lastJob INTEGER,
            lastNote TEXT
        );
        CREATE INDEX schedule_by_due ON schedule (state, due);
        """
}
