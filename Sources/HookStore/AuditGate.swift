import LinboModel

/// Lets entries into the audit log as often as their client may, and sums up the rest.
struct AuditGate: Sendable {
    private var limiter: FairLimiter<AuditKind, AuditEntry>
    private var since: Int64?
    /// How many were summed up since the start.
    private(set) var summedUp = 0

    init(_ limits: @escaping @Sendable (AuditKind, _ isKnown: Bool) -> AuditKind.Limits) {
        limiter = FairLimiter { limits($0.kind, $0.isKnown) }
    }

    /// - Parameter now: `Pace.now()`.
    mutating func admits(_ entry: AuditEntry, at now: Int64) -> Bool {
        if entry.isServers { return true }
        if limiter.admits(entry.kind, of: entry.address, isKnown: entry.host != nil, at: now, sample: entry) {
            return true
        }
        summedUp += 1
        if since == nil { since = now }
        return false
    }

    /// Something waits for its summary.
    var hasExcess: Bool { since != nil }

    /// - Parameters:
    ///   - now: `Pace.now()`.
    ///   - time: the same in milliseconds since 1970.
    /// - Returns: rows that stand for all that was not let in since the last time; those with the most first.
    mutating func summaries(at now: Int64, time: Int64) -> [AuditEntry] {
        guard let since else { return [] }
        self.since = nil
        let seconds = (now - since + 999_999_999) / 1_000_000_000
        return limiter.drain().map { excess in
            let first = excess.sample
            let whose =
                excess.client
                ?? excess.clients.map { $0 == 1 ? "one other address" : "\($0) other addresses" } ?? "other addresses"
            return AuditEntry(
                at: time, transport: first.transport, connection: "-", address: excess.client ?? "-",
                host: excess.client == nil ? nil : first.host, path: first.path, intent: first.intent,
                decision: .summary, outcome: .more(excess.count),
                reason:
                    "\(excess.count) more of this kind (\(first.decision): \(first.outcome)) from \(whose) within "
                    + "\(seconds) s; this was the first")
        }
    }
}
