import HookHost
import Synchronization

/// What all engines share.
struct EngineContext: Sendable {
    let settings: TFTPSettings
    let resolver: Resolver
    let desk: ResolveDesk
    let admission: AdmissionControl
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
    /// Since the daemon's start.
    package struct Values: Sendable, Codable {
        /// Requests to a listening port, repeated and malformed ones among them.
        package var requests: UInt64 = 0
        /// Requests that were told "file not found", or that it is a directory.
        package var misses: UInt64 = 0
        /// Requests over a limit, which clients repeat.
        package var throttled: UInt64 = 0
        /// Packets to a transfer's port that are of no transfer, or from elsewhere.
        package var strays: UInt64 = 0
        /// Packets that mean nothing where they came, requests to write among them.
        package var malformed: UInt64 = 0
        /// Requests that nobody answered; they may be forged.
        package var unanswered: UInt64 = 0
    }

    let requests = Atomic<UInt64>(0)
    let misses = Atomic<UInt64>(0)
    let throttled = Atomic<UInt64>(0)
    let strays = Atomic<UInt64>(0)
    let malformed = Atomic<UInt64>(0)
    let unanswered = Atomic<UInt64>(0)
    private let numbers = Atomic<UInt64>(0)

    /// Tells a request from all others of this process.
    func nextNumber() -> UInt64 { numbers.add(1, ordering: .relaxed).newValue }

    /// Each as it is when it is read: the six need not be of one moment.
    package var values: Values {
        var values = Values()
        values.requests = requests.load(ordering: .relaxed)
        values.misses = misses.load(ordering: .relaxed)
        values.throttled = throttled.load(ordering: .relaxed)
        values.strays = strays.load(ordering: .relaxed)
        values.malformed = malformed.load(ordering: .relaxed)
        values.unanswered = unanswered.load(ordering: .relaxed)
        return values
    }
}

extension Atomic<UInt64> {
    func count() { add(1, ordering: .relaxed) }
}
