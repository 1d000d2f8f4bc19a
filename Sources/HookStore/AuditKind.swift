import LinboModel

/// What an entry of the audit log is worth: how many of one client are written, and how long they stay.
package enum AuditKind: Int, Sendable, Hashable {
    /// The tree's own, or not there: no plugin had a hand in it and nothing was refused.
    case ordinary
    /// A request that nobody may make, and what a plugin showed without giving it away.
    case refused
    /// Given to a host as its own, or taken from a client.
    case given
}

extension AuditKind {
    typealias Limits = FairLimiter<AuditKind, AuditEntry>.Limits

    /// No PC that is let alone comes near these: a boot asks for some 60 files, and a listing of a directory notes
    /// 10,000 names at most. An attacker who forges all addresses of a school of 500 PCs without a pause can have 45
    /// rows a second written, a stranger one or two.
    func limits(isKnown: Bool) -> Limits {
        switch (self, isKnown) {
        case (.ordinary, true):
            Limits(
                own: Pace(burst: 12_000, perSecond: 2), reserve: Pace(burst: 1000, perSecond: 0.05),
                shared: Pace(burst: 100_000, perSecond: 10))
        case (.ordinary, false):
            Limits(own: Pace(burst: 500, perSecond: 0.2), shared: Pace(burst: 5000, perSecond: 1))
        case (.refused, true):
            Limits(
                own: Pace(burst: 200, perSecond: 0.1), reserve: Pace(burst: 50, perSecond: 0.01),
                shared: Pace(burst: 5000, perSecond: 1))
        case (.refused, false):
            Limits(own: Pace(burst: 100, perSecond: 0.05), shared: Pace(burst: 2000, perSecond: 0.5))
        case (.given, true):
            Limits(
                own: Pace(burst: 20_000, perSecond: 0.2), reserve: Pace(burst: 1000, perSecond: 0.02),
                shared: Pace(burst: 100_000, perSecond: 5))
        case (.given, false):
            Limits(own: Pace(burst: 500, perSecond: 0.2), shared: Pace(burst: 5000, perSecond: 1))
        }
    }
}

extension AuditEntry {
    private static let ordinaryDecisions: Set<Decision> = [.plain, .directory, .link, .missing]
    private static let pluginDecisions: Set<Decision> = [.made, .transformed, .hidden]

    /// The tree's own, or not there: no plugin had a hand in it and nothing was refused.
    var isOrdinary: Bool { plugin == nil && Self.ordinaryDecisions.contains(decision) }

    var kind: AuditKind {
        if isOrdinary { return .ordinary }
        if plugin == nil, decision == .refused || decision == .summary { return .refused }
        let isPlugins = plugin != nil || Self.pluginDecisions.contains(decision)
        return isPlugins && (host == nil || intent == "probe") ? .refused : .given
    }

    /// What goes first when there is no more room: strangers' ordinary rows have 0, what was given away has 3.
    var weight: Int {
        kind == .ordinary ? (host == nil ? 0 : 1) : kind.rawValue + 1
    }

    /// Nobody but the server itself is behind it.
    var isServers: Bool { address == "-" }
}
