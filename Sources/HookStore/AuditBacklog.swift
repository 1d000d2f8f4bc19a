import LinboModel

/// Rows on their way to the audit log, as far as they fit into memory. What to do next is said, not done.
struct AuditBacklog {
    /// When the next write shall be started.
    enum Start: Equatable {
        /// One is due already, or there is nothing to write.
        case none
        case later, now
    }

    private let limits: AuditWriter.Limits
    private var waiting: [AuditEntry] = []
    /// Of those that wait and those that are being written, about.
    private var bytes = 0
    private var due = Start.none
    private var gate: AuditGate
    private(set) var isFailing = false
    private(set) var lost = 0
    /// Of the lost ones, how many a row in the log tells of.
    private var noted = 0

    init(_ limits: AuditWriter.Limits) {
        self.limits = limits
        gate = AuditGate(limits.rates)
    }

    /// How many were summed up since the start.
    var summedUp: Int { gate.summedUp }

    /// Takes entries in, as far as their clients have not had too many; or counts them as lost if there is no room.
    /// - Parameter now: `Pace.now()`.
    /// - Returns: when to write; whether something waits for its summary that did not before.
    mutating func take(_ entries: [AuditEntry], at now: Int64) -> (start: Start, sumsUp: Bool) {
        let hadExcess = gate.hasExcess
        let start = add(entries.filter { gate.admits($0, at: now) })
        return (start, gate.hasExcess && !hadExcess)
    }

    /// Adds rows that stand for what was not let in.
    /// - Parameters:
    ///   - now: `Pace.now()`.
    ///   - time: the same in milliseconds since 1970.
    mutating func sumUp(at now: Int64, time: Int64) -> (rows: [AuditEntry], start: Start) {
        let rows = gate.summaries(at: now, time: time)
        return (rows, add(rows))
    }

    /// A row that tells of losses, once there is a log again to tell it.
    mutating func noteLosses(time: Int64) -> AuditEntry? {
        guard !isFailing, lost > noted else { return nil }
        defer { noted = lost }
        let entry = AuditEntry(
            at: time, transport: "audit", connection: "-", address: "-", host: nil, path: "-", intent: "-",
            decision: .lost, outcome: .lost(lost - noted),
            reason: "\(lost - noted) entries are missing before this one: they could not be written in time")
        bytes += entry.cost
        return entry
    }

    private mutating func add(_ entries: [AuditEntry]) -> Start {
        var isUrgent = false
        for entry in entries {
            isUrgent = isUrgent || !entry.isOrdinary
            let room = entry.isOrdinary ? limits.bytes / 4 * 3 : limits.bytes
            guard bytes + entry.cost <= room else {
                lost += 1
                continue
            }
            bytes += entry.cost
            waiting.append(entry)
        }
        return start(isUrgent: isUrgent)
    }

    private mutating func start(isUrgent: Bool) -> Start {
        guard !waiting.isEmpty else { return .none }
        // After a failure only the clock starts the next try.
        let wanted: Start = !isFailing && (isUrgent || waiting.count >= limits.rows) ? .now : .later
        guard due == .none || (due == .later && wanted == .now) else { return .none }
        due = wanted
        return wanted
    }

    /// Hands out all that waits; each row comes back by `wrote` or `failed`.
    mutating func takeAll() -> [AuditEntry] {
        due = .none
        defer { waiting = [] }
        return waiting
    }

    mutating func wrote(_ entries: some Sequence<AuditEntry>) {
        isFailing = false
        for entry in entries { bytes -= entry.cost }
    }

    /// - Returns: whether the write before did not fail.
    mutating func failed(_ entries: some Collection<AuditEntry>) -> (isNews: Bool, start: Start) {
        waiting.insert(contentsOf: entries, at: 0)
        let isNews = !isFailing
        isFailing = true
        return (isNews, start(isUrgent: false))
    }
}

extension AuditEntry {
    /// Bytes of memory, about: its own, and those of texts that a client or a plugin can make long.
    var cost: Int { 512 + path.utf8.count + (reason?.utf8.count ?? 0) }
}
