import API
package import GRDB
package import HookStore
import LinboModel

/// Jobs, on disk before anybody is told that they are accepted. Whoever adds one, takes one, or settles one does so in
/// a transaction; nothing is kept in memory.
package struct JobQueue: Sendable {
    let database: DatabasePool

    /// Lines that a job keeps.
    private static let lineLimit = 1000

    /// - Parameter store: the database that `migrations` were done in.
    package init(_ store: Store) {
        database = store.database
    }

    static let open = "('queued', 'waiting', 'running')"

    // MARK: Adding

    /// As part of a transaction, with the audit row of whoever wants it.
    /// - Parameter now: milliseconds since 1970, as everywhere here.
    /// - Returns: the new job, or the one that waits for the same already. One that runs is none: it may have begun by
    ///   what is old now.
    package static func add(_ database: Database, _ wish: JobWish, by actor: String, now: Int64) throws -> Job {
        let waiting = try Job.fetchOne(
            database,
            sql: "SELECT * FROM job WHERE kind = ? AND key = ? AND state IN ('queued', 'waiting') AND NOT isCancelled",
            arguments: [wish.kind, wish.key])
        if let waiting {
            // Whoever asks now waits no longer than a first one would, and it expires no sooner.
            try database.execute(
                sql: "UPDATE job SET due = min(due, ?), deadline = max(deadline, ?) WHERE id = ?",
                arguments: [wish.notBefore ?? now, wish.deadline, waiting.id])
            return try job(database, waiting.id)
        }
        try database.execute(
            sql: """
                INSERT INTO job (kind, subject, lane, key, parameters, actor, state, created, changed, due, deadline)
                VALUES (?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?)
                """,
            arguments: [
                wish.kind, wish.subject, wish.lane, wish.key, wish.parameters, printable(actor, most: 255), now, now,
                wish.notBefore ?? now, wish.deadline,
            ])
        return try job(database, database.lastInsertedRowID)
    }

    /// Jobs that are wanted together, and are found again by the number of the first.
    /// - Returns: in the order of the wishes; of one that waits already, that.
    package static func add(
        _ database: Database, together wishes: [JobWish], by actor: String, now: Int64
    ) throws -> [Job] {
        let jobs = try wishes.map { try add(database, $0, by: actor, now: now) }
        for job in jobs {
            try database.execute(sql: "UPDATE job SET batch = ? WHERE id = ?", arguments: [jobs.first?.id, job.id])
        }
        return try jobs.map { try Self.job(database, $0.id) }
    }

    // MARK: Doing

    /// Takes due jobs of a kind for a process, oldest first: of each lane one, and none of a lane where one runs or an
    /// older one waits.
    package func take(kind: String, limit: Int, worker: String, now: Int64) throws -> [Job] {
        guard limit > 0, try isDue(kind, now) else { return [] }
        return try database.writeDurably { database in
            let ids = try Int64.fetchAll(
                database,
                sql: """
                    SELECT id FROM job AS mine WHERE kind = :kind AND state IN ('queued', 'waiting') AND due <= :now
                      AND NOT EXISTS (
                        SELECT 1 FROM job AS other WHERE other.kind = mine.kind AND other.lane = mine.lane
                          AND (other.state = 'running'
                            OR (other.state IN ('queued', 'waiting') AND other.id < mine.id)))
                    ORDER BY id LIMIT :limit
                    """, arguments: ["kind": kind, "now": now, "limit": limit])
            for id in ids {
                try database.execute(
                    sql: """
                        UPDATE job SET state = 'running', worker = ?, changed = ?, attempts = attempts + 1,
                            percent = NULL, note = NULL WHERE id = ?
                        """, arguments: [worker, now, id])
            }
            return try ids.map { try Self.job(database, $0) }
        }
    }

    /// Only reads: it is asked every second.
    private func isDue(_ kind: String, _ now: Int64) throws -> Bool {
        try database.read {
            try Bool.fetchOne(
                $0,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM job WHERE kind = ? AND state IN ('queued', 'waiting') AND due <= ?)
                    """, arguments: [kind, now]) ?? false
        }
    }

    /// What became of an attempt. One that did not get it done and was to stop is cancelled, whatever it says.
    package enum Outcome: Sendable, Equatable {
        /// Both as `JobResult` has them.
        case done(note: String?, result: String?)
        /// Why.
        case failed(String)
        /// Not tried again before this time, milliseconds since 1970.
        case later(String, Int64)
        /// What is not known.
        case uncertain(String)
    }

    /// - Returns: the job as it is now; nil if this process no longer has it.
    @discardableResult
    package func settle(_ id: Int64, _ outcome: Outcome, worker: String, now: Int64) throws -> Job? {
        let (state, note, result, due): (Job.State, String?, String?, Int64?) =
            switch outcome {
            case .done(let note, let result): (.done, note, result, nil)
            case .failed(let reason): (.failed, reason, nil, nil)
            case .later(let reason, let time): (.waiting, reason, nil, time)
            case .uncertain(let reason): (.uncertain, reason, nil, nil)
            }
        return try database.writeDurably { database in
            try database.execute(
                sql: """
                    UPDATE job SET state = iif(isCancelled AND :state <> 'done', 'cancelled', :state),
                        note = iif(isCancelled AND :state NOT IN ('done', 'uncertain'), NULL, :note),
                        result = :result, due = coalesce(:due, due), changed = :now, worker = NULL
                    WHERE id = :id AND worker = :worker AND state = 'running'
                    """,
                arguments: [
                    "state": state.rawValue, "note": note.map { printable($0, most: sentenceLimit) },
                    "result": result, "due": due, "now": now, "id": id, "worker": worker,
                ])
            return database.changesCount == 1 ? try Self.job(database, id) : nil
        }
    }

    /// How far a job is, and lines for its log, which keeps the newest. Neither is worth a wait for the disk.
    package func tell(_ id: Int64, percent: Int?, lines: [String], now: Int64) throws {
        try database.write { database in
            if let percent {
                try database.execute(
                    sql: "UPDATE job SET percent = ? WHERE id = ?", arguments: [min(100, max(0, percent)), id])
            }
            for line in lines.suffix(Self.lineLimit) {
                try database.execute(
                    sql: "INSERT INTO job_line (job, at, text) VALUES (?, ?, ?)",
                    arguments: [id, now, printable(line, most: sentenceLimit)])
            }
            guard !lines.isEmpty else { return }
            try database.execute(
                sql: """
                    DELETE FROM job_line WHERE job = :job AND rowid <= (
                        SELECT rowid FROM job_line WHERE job = :job ORDER BY rowid DESC LIMIT 1 OFFSET :limit)
                    """, arguments: ["job": id, "limit": Self.lineLimit])
        }
    }

    // MARK: Stopping, again

    /// One that runs is asked to stop, all others stop here.
    /// - Returns: the job as it is now; nil if there is none that is not over.
    package static func cancel(_ database: Database, _ id: Int64, now: Int64) throws -> Job? {
        try database.execute(
            sql: """
                UPDATE job SET isCancelled = 1, changed = :now,
                    state = CASE state WHEN 'running' THEN state ELSE 'cancelled' END
                WHERE id = :id AND state IN \(open)
                """, arguments: ["id": id, "now": now])
        return database.changesCount == 1 ? try job(database, id) : nil
    }

    /// What is over begins anew.
    /// - Returns: the job as it is now; nil if it is none, or not over.
    /// - Throws: `Fault` if another one waits for the same.
    package static func retry(_ database: Database, _ id: Int64, now: Int64) throws -> Job? {
        let other = try Int64.fetchOne(
            database,
            sql: """
                SELECT other.id FROM job AS mine JOIN job AS other ON other.kind = mine.kind AND other.key = mine.key
                WHERE mine.id = ? AND mine.state NOT IN \(open)
                  AND other.state IN ('queued', 'waiting') AND NOT other.isCancelled
                """, arguments: [id])
        if let other { throw Fault(.conflict, "job \(other) waits for the same as job \(id)") }
        try database.execute(
            sql: """
                UPDATE job SET state = 'queued', isCancelled = 0, due = :now, changed = :now, created = :now,
                    attempts = 0, percent = NULL, note = NULL, result = NULL, deadline = NULL
                WHERE id = :id AND state NOT IN \(open)
                """, arguments: ["id": id, "now": now])
        return database.changesCount == 1 ? try job(database, id) : nil
    }

    /// Whether somebody wants it to stop; true, too, if there is no such job.
    package func isCancelled(_ id: Int64) throws -> Bool {
        try database.read {
            try Bool.fetchOne($0, sql: "SELECT isCancelled FROM job WHERE id = ?", arguments: [id]) ?? true
        }
    }

    // MARK: After a death, after a while

    /// What a process had begun that is no more, by whether its kind may be done again.
    /// - Parameter kind: by its name; nil: nobody registers it.
    /// - Returns: those jobs as they are now.
    package func recover(
        isAlive: (String) -> Bool, kind: (String) -> JobKind?, now: Int64
    ) throws -> [Job] {
        let begun = try list(states: [.running], limit: -1)
        let lost = begun.filter { job in job.worker.map { !isAlive($0) } ?? true }
        guard !lost.isEmpty else { return [] }
        return try database.writeDurably { database in
            try lost.compactMap { job in
                let state = Self.state(of: job, kind(job.kind))
                // The last that its process did may have been to settle it.
                try database.execute(
                    sql: """
                        UPDATE job SET state = ?, worker = NULL, due = ?, changed = ?, note = ?
                        WHERE id = ? AND state = 'running' AND worker IS ?
                        """,
                    arguments: [
                        state.rawValue, now, now, "the daemon ended while it ran", job.id, job.worker,
                    ])
                return database.changesCount == 1 ? try Self.job(database, job.id) : nil
            }
        }
    }

    private static func state(of job: Job, _ kind: JobKind?) -> Job.State {
        guard let kind else { return job.isCancelled ? .cancelled : .uncertain }
        if job.isCancelled, !kind.tidiesUp { return .cancelled }
        return kind.mayRepeat ? .queued : .uncertain
    }

    /// - Returns: those that nobody came to in time.
    package func expire(now: Int64) throws -> [Job] {
        // However many wait: those that do so the longest are the first to expire.
        let late = try list(states: [.queued, .waiting], limit: -1).filter { $0.deadline.map { $0 <= now } ?? false }
        guard !late.isEmpty else { return [] }
        return try database.writeDurably { database in
            try late.compactMap { job in
                try database.execute(
                    sql: """
                        UPDATE job SET state = 'expired', changed = ?
                        WHERE id = ? AND state IN ('queued', 'waiting') AND deadline <= ?
                        """, arguments: [now, job.id, now])
                return database.changesCount == 1 ? try Self.job(database, job.id) : nil
            }
        }
    }

    /// Removes what has been over since before `cutoff`, with its lines.
    package func forget(before cutoff: Int64) throws {
        try database.write {
            try $0.execute(
                sql: "DELETE FROM job WHERE changed < ? AND state NOT IN \(Self.open)", arguments: [cutoff])
        }
    }

    static func job(_ database: Database, _ id: Int64) throws -> Job {
        guard let job = try Job.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT)
        }
        return job
    }
}
