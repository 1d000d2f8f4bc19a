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
    private(set) var isFailing = false
    private(set) var lost = 0

    init(_ limits: AuditWriter.Limits) {
        self.limits = limits
    }

    /// Takes entries in, or counts them as lost if there is no room.
    mutating func take(_ entries: [AuditEntry]) -> Start {
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
    private static let ordinaryDecisions: Set<String> = ["plain", "folder", "link", "missing"]

    /// The tree's own, or not there: no plugin had a hand in it and nothing was refused.
    var isOrdinary: Bool { plugin == nil && Self.ordinaryDecisions.contains(decision) }

    /// Bytes of memory, about: its own, and those of texts that a client or a plugin can make long.
    var cost: Int { 512 + path.utf8.count + (reason?.utf8.count ?? 0) }
}
