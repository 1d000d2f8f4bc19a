/// Bounds what clients can make a server write down, and counts what is beyond.
///
/// Each client has its own pace for each kind. What all do together is bounded, too, but a client of a known host has a
/// reserve that nobody else can use up; strangers, whose addresses cost nothing, share one pace among themselves.
package struct FairLimiter<Kind: Hashable & Sendable, Sample: Sendable>: Sendable {
    /// For one kind, and for either known hosts or strangers.
    package struct Limits: Sendable {
        /// Of one client.
        package var own: Pace
        /// Of one client, whatever all others do; nil: there is none.
        package var reserve: Pace?
        /// Of all clients, beyond their reserves.
        package var shared: Pace

        /// Of one kind and one sort of clients.
        package init(own: Pace, reserve: Pace? = nil, shared: Pace) {
            self.own = own
            self.reserve = reserve
            self.shared = shared
        }
    }

    /// Whose kind of thing it is.
    package struct Party: Sendable, Hashable {
        /// Such as a kind of audit row, or a place in the source that logs.
        package let kind: Kind
        /// Whether the client is a host of devices.csv; else it is a stranger.
        package let isKnown: Bool
    }

    /// What was not let through, of one client or of several.
    package struct Excess: Sendable {
        /// What it was, and of which sort of clients.
        package let party: Party
        /// nil: of several clients.
        package let client: String?
        /// How many; nil: more than the table has room for.
        package var clients: Int?
        /// How often something was not let through.
        package var count: Int
        /// The first one.
        package let sample: Sample
    }

    private struct Key: Hashable {
        let party: Party
        /// nil: of those for whom the table has no room.
        let client: String?
    }

    private struct Account {
        var own = Used()
        var reserve = Used()
    }

    /// Forged addresses come by the million; known hosts are as many as a devices.csv has.
    private static var mostStrangers: Int { 4096 }
    private static var mostKnown: Int { 65_536 }
    /// Clients that are told of one by one.
    private static var mostNamed: Int { 20 }

    private let limits: @Sendable (Party) -> Limits
    private var accounts: [Key: Account] = [:]
    private var strangers = 0
    private var shared: [Party: Used] = [:]
    private var cleared: Int64 = 0
    private var excess: [Key: Excess] = [:]

    /// - Parameter limits: asked at each `admits`, so it must be quick and always say the same.
    package init(_ limits: @escaping @Sendable (Party) -> Limits) {
        self.limits = limits
    }

    /// Something was not let through since the last `drain`.
    package var hasExcess: Bool { !excess.isEmpty }

    /// - Parameters:
    ///   - now: `Pace.now()`.
    ///   - sample: made if this is the first one beyond.
    /// - Returns: whether it may be written down; else it is counted.
    package mutating func admits(
        _ kind: Kind, of client: String, isKnown: Bool, at now: Int64, sample: @autoclosure () -> Sample
    ) -> Bool {
        let party = Party(kind: kind, isKnown: isKnown)
        let limits = limits(party)
        let key = key(party, client, at: now)
        if take(limits, key, at: now) { return true }
        let clients = key.client == nil ? nil : 1
        excess[key, default: Excess(party: party, client: key.client, clients: clients, count: 0, sample: sample())]
            .count += 1
        return false
    }

    private mutating func take(_ limits: Limits, _ key: Key, at now: Int64) -> Bool {
        var account = accounts[key] ?? Account()
        guard account.own.hasRoom(limits.own, at: now) else { return false }
        if key.client != nil, let reserve = limits.reserve, account.reserve.hasRoom(reserve, at: now) {
            account.reserve.take(reserve, at: now)
        } else {
            guard shared[key.party, default: Used()].hasRoom(limits.shared, at: now) else { return false }
            shared[key.party, default: Used()].take(limits.shared, at: now)
        }
        account.own.take(limits.own, at: now)
        if accounts.updateValue(account, forKey: key) == nil, !key.party.isKnown { strangers += 1 }
        return true
    }

    /// A client's own, if there is room in the table.
    private mutating func key(_ party: Party, _ client: String, at now: Int64) -> Key {
        let own = Key(party: party, client: client)
        if accounts[own] != nil || hasRoom(for: party) { return own }
        // Once a second at most: it looks at all of them.
        if now - cleared > 1_000_000_000 {
            cleared = now
            accounts = accounts.filter { !$0.value.own.isNothing(at: now) || !$0.value.reserve.isNothing(at: now) }
            strangers = accounts.keys.count { !$0.party.isKnown }
        }
        return hasRoom(for: party) ? own : Key(party: party, client: nil)
    }

    private func hasRoom(for party: Party) -> Bool {
        party.isKnown ? accounts.count - strangers < Self.mostKnown : strangers < Self.mostStrangers
    }

    /// What was not let through since the last time: those with the most one by one, all others in one for each party.
    package mutating func drain() -> [Excess] {
        let sorted = excess.values.sorted { $0.count > $1.count }
        excess = [:]
        let named = sorted.filter { $0.client != nil }.prefix(Self.mostNamed)
        var rest: [Party: Excess] = [:]
        for one in sorted.filter({ $0.client != nil }).dropFirst(Self.mostNamed) + sorted.filter({ $0.client == nil }) {
            var sum = rest[one.party] ?? Excess(party: one.party, client: nil, clients: 0, count: 0, sample: one.sample)
            sum.clients = sum.clients.flatMap { known in one.clients.map { known + $0 } }
            sum.count += one.count
            rest[one.party] = sum
        }
        return named + rest.values.sorted { $0.count > $1.count }
    }
}
