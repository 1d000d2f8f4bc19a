import LinboModel
import Synchronization

/// What each client's address takes and how well its packets arrive. Asked once for a request and once for its end, by
/// all engines.
package final class ClientLedger: Sendable {
    /// A client's figures since the daemon's start, or since it was last seen an hour ago.
    package struct Figures: Sendable, Codable {
        package var address: String
        package var transfers = 0
        package var failed = 0
        package var blocks = 0
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

    package init(_ settings: TFTPSettings) {
        self.settings = settings
    }

    /// Counts a request against its address, and a transfer if it may begin. Addresses can be forged, so strangers wait
    /// where the school's own PCs are served on.
    /// - Parameter isKnown: whether the address is a host's of devices.csv; asked when that decides.
    func admit(_ peer: Peer, at now: UInt64, isKnown: () -> Bool) -> Verdict {
        state.withLock { state in
            let rate = Double(settings.requestRate)
            if state.accounts.count >= Self.accountLimit, state.accounts[peer.source] == nil {
                state.forgetIdle(at: now)
                guard state.accounts.count < Self.accountLimit || isKnown() else { return .tooFast }
            }
            var account =
                state.accounts[peer.source]
                ?? Account(tokens: rate, refilled: now, figures: Figures(address: peer.address.description))
            defer { state.accounts[peer.source] = account }
            if rate > 0 {
                // Another engine's clock may have been read later.
                let passed = now > account.refilled ? now - account.refilled : 0
                account.tokens = min(rate, account.tokens + Double(passed) * rate / 1e9)
                account.refilled = max(now, account.refilled)
                guard account.tokens >= 1 else { return .tooFast }
                account.tokens -= 1
            }
            account.refilled = max(now, account.refilled)
            guard account.running < settings.transferLimitPerClient else { return .tooMany }
            guard state.running < settings.transferLimit, state.memory <= settings.memoryLimit else { return .full }
            guard state.running < settings.transferLimit - settings.transferLimit / 4 || isKnown() else { return .full }
            account.running += 1
            state.running += 1
            return .admitted
        }
    }

    /// Memory for made content; given back with `ended`.
    func holds(_ bytes: Int) {
        state.withLock { $0.memory += bytes }
    }

    func ended(_ peer: Peer, blocks: Int, retransmissions: Int, hasFailed: Bool, memory: Int) {
        state.withLock { state in
            state.running -= 1
            state.memory -= memory
            guard var account = state.accounts[peer.source] else { return }
            account.running -= 1
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

extension ClientLedger.State {
    /// Who never took a block has nothing to be remembered for but its last second's requests.
    fileprivate mutating func forgetIdle(at now: UInt64) {
        guard now >= swept + ClientLedger.second / 10 else { return }
        swept = now
        accounts = accounts.filter { _, account in
            let age = account.figures.blocks == 0 ? ClientLedger.second : ClientLedger.hour
            return account.running > 0 || account.refilled + age > now
        }
    }
}
