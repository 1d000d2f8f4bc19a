import LinboModel
import Synchronization

/// What each client's address takes and how well its packets arrive, told by all engines.
///
/// Anybody can ask in the name of a host of the school, so such a request costs the host nothing: what counts is a
/// transfer that was answered.
package final class AdmissionControl: Sendable {
    /// A client's figures since the daemon's start, or since a full admission forgot it after an hour without it.
    package struct Figures: Sendable, Codable {
        /// IP address.
        package var address: String
        /// Requests that came to an end, also those that were only told that there is no such file.
        package var transfers = 0
        /// Of those, the ones that were refused or broke off.
        package var failed = 0
        /// DATA packets that arrived, by the client's acknowledgements.
        package var blocks = 0
        /// Packets that were sent again.
        package var retransmissions = 0

        /// Of all DATA packets; above one in a hundred a cable or a port is bad.
        package var retransmissionRate: Double {
            blocks == 0 ? 0 : Double(retransmissions) / Double(blocks + retransmissions)
        }
    }

    enum Verdict { case admitted, tooFast, tooMany, full }

    fileprivate struct Account {
        var running = 0
        var tokens: Double
        var refilled: UInt64
        var figures: Figures
    }

    fileprivate struct State {
        var accounts: [Peer.Source: Account] = [:]
        var running = 0
        var memory = 0
        /// When accounts were looked through last.
        var swept: UInt64 = 0
    }

    private let settings: TFTPSettings
    private let state = Mutex(State())

    /// A school has some thousand clients; more addresses than this are forged.
    private static let accountLimit = 16_384
    fileprivate static let hour: UInt64 = 3_600_000 * RoundTrip.millisecond
    fileprivate static let second: UInt64 = 1_000 * RoundTrip.millisecond

    /// - Parameter settings: for its limits.
    package init(_ settings: TFTPSettings) {
        self.settings = settings
    }

    /// Whether a request may be served. A stranger's counts at once, and strangers wait where the school's own PCs are
    /// served on; a host's counts when it is answered.
    func admit(_ peer: Peer, at now: UInt64, isKnown: Bool) -> Verdict {
        state.withLock { state in
            if state.accounts.count >= Self.accountLimit, state.accounts[peer.source] == nil {
                state.forgetIdle(at: now)
                guard state.accounts.count < Self.accountLimit || isKnown else { return .tooFast }
            }
            var account = state.account(of: peer, Double(settings.requestRate), at: now)
            defer { state.accounts[peer.source] = account }
            if settings.requestRate > 0 {
                guard account.tokens >= 1 else { return .tooFast }
                if !isKnown { account.tokens -= 1 }
            }
            guard account.running < settings.transferLimitPerClient else { return .tooMany }
            guard state.running < settings.transferLimit, state.memory <= settings.memoryLimit else { return .full }
            if isKnown { return .admitted }
            guard state.running < settings.transferLimit - settings.transferLimit / 4 else { return .full }
            account.running += 1
            state.running += 1
            return .admitted
        }
    }

    /// A host's transfer was answered, and counts from now on.
    /// - Returns: whether it is one too many.
    func answered(_ peer: Peer, memory: Int, at now: UInt64) -> Bool {
        state.withLock { state in
            var account = state.account(of: peer, Double(settings.requestRate), at: now)
            account.tokens = max(0, account.tokens - 1)
            account.running += 1
            state.running += 1
            state.memory += memory
            state.accounts[peer.source] = account
            return account.running > settings.transferLimitPerClient
        }
    }

    /// A client says that it is at an end, and its transfer takes no place any more; or it went on after all.
    func pauses(_ peer: Peer, _ isPaused: Bool) {
        state.withLock { state in
            let change = isPaused ? -1 : 1
            state.running += change
            state.accounts[peer.source]?.running += change
        }
    }

    /// Memory for made content; given back with `ended`.
    func holds(_ bytes: Int) {
        state.withLock { $0.memory += bytes }
    }

    /// - Parameter counts: whether it took a place, as strangers' transfers and answered ones do.
    func ended(_ peer: Peer, counts: Bool, blocks: Int, retransmissions: Int, hasFailed: Bool, memory: Int) {
        state.withLock { state in
            state.running -= counts ? 1 : 0
            state.memory -= memory
            guard var account = state.accounts[peer.source] else { return }
            account.running -= counts ? 1 : 0
            account.figures.transfers += 1
            account.figures.failed += hasFailed ? 1 : 0
            account.figures.blocks += blocks
            account.figures.retransmissions += retransmissions
            state.accounts[peer.source] = account
        }
    }

    /// Those with transfers, the worst first.
    package func figures() -> [Figures] {
        state.withLock { $0.accounts.values.map(\.figures) }.filter { $0.transfers > 0 }
            .sorted { ($0.retransmissionRate, $0.retransmissions) > ($1.retransmissionRate, $1.retransmissions) }
    }
}

extension AdmissionControl.State {
    /// With what has come in since.
    fileprivate func account(of peer: Peer, _ rate: Double, at now: UInt64) -> AdmissionControl.Account {
        guard var account = accounts[peer.source] else {
            return AdmissionControl.Account(
                tokens: rate, refilled: now, figures: AdmissionControl.Figures(address: peer.address.description))
        }
        // Another engine's clock may have been read later.
        let passed = now > account.refilled ? now - account.refilled : 0
        account.tokens = min(rate, account.tokens + Double(passed) * rate / 1e9)
        account.refilled = max(now, account.refilled)
        return account
    }

    /// Who never took a block has nothing to be remembered for but its last second's requests.
    fileprivate mutating func forgetIdle(at now: UInt64) {
        guard now >= swept + AdmissionControl.second / 10 else { return }
        swept = now
        accounts = accounts.filter { _, account in
            let age = account.figures.blocks == 0 ? AdmissionControl.second : AdmissionControl.hour
            return account.running > 0 || account.refilled + age > now
        }
    }
}
