import HookHost
import Synchronization

/// What all engines share.
struct EngineContext: Sendable {
    let settings: TFTPSettings
    let resolver: Resolver
    let ledger: ClientLedger
    let reporter: Reporter
    let counters: Counters
    /// This process, for `ConnectionID`.
    let process: Int32
    let started: UInt64

    func connection(_ transfer: UInt64) -> ConnectionID {
        ConnectionID(process: process, started: started, transfer: transfer)
    }
}

/// What happens too often for a log line each.
package final class Counters: Sendable {
    package struct Values: Sendable, Codable {
        package var requests: UInt64 = 0
        package var misses: UInt64 = 0
        /// Requests over a limit, which clients repeat.
        package var held: UInt64 = 0
        package var strays: UInt64 = 0
        package var malformed: UInt64 = 0
    }

    let requests = Atomic<UInt64>(0)
    let misses = Atomic<UInt64>(0)
    let held = Atomic<UInt64>(0)
    let strays = Atomic<UInt64>(0)
    let malformed = Atomic<UInt64>(0)
    private let numbers = Atomic<UInt64>(0)

    /// Tells a request from all others of this process.
    func nextNumber() -> UInt64 { numbers.add(1, ordering: .relaxed).newValue }

    package var values: Values {
        Values(
            requests: requests.load(ordering: .relaxed), misses: misses.load(ordering: .relaxed),
            held: held.load(ordering: .relaxed), strays: strays.load(ordering: .relaxed),
            malformed: malformed.load(ordering: .relaxed))
    }
}

extension Atomic<UInt64> {
    func count() { add(1, ordering: .relaxed) }
}
