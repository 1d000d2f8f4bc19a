import Glibc
import LinboModel
import LinuxKit
import Synchronization

/// The kernel's neighbour table, read by one thread at a time and for a tenth of its time at most, however many ask.
final class NeighbourCache: Sendable {
    private struct State {
        var macs: [IPAddress: MACAddress] = [:]
        /// When the last read began, and how long it took; in nanoseconds of CLOCK_MONOTONIC.
        var began: UInt64 = 0
        var cost: UInt64 = 0

        /// How old it may be, and how long a reader waits for its turn.
        var span: UInt64 { min(max(NeighbourCache.millisecond, 10 * cost), 100 * NeighbourCache.millisecond) }
    }

    private let path: String
    private let state = Mutex(State())
    private let reading = Mutex(())

    private static let millisecond: UInt64 = 1_000_000

    init(path: String) {
        self.path = path
    }

    /// An address that is not in the table may have come into it since the last read: its ARP request is sent right
    /// before its first packet. So "not there" is said only of a table that was read after the question.
    func mac(of address: IPAddress) -> MACAddress? {
        let asked = MonotonicClock.now()
        let last = state.withLock { $0 }
        if let mac = last.macs[address], asked < last.began + last.span { return mac }
        return reading.withLock { _ in
            let last = state.withLock { $0 }
            // Whoever read while this call waited has answered it, too.
            if last.began >= asked { return last.macs[address] }
            MonotonicClock.sleep(until: last.began + last.span)
            return read()[address]
        }
    }

    /// As of the last read.
    func lastMAC(of address: IPAddress) -> MACAddress? {
        state.withLock { $0.macs[address] }
    }

    private func read() -> [IPAddress: MACAddress] {
        let began = MonotonicClock.now()
        let macs = ProcFile.read(path).map { NeighbourTable.parse($0) } ?? [:]
        let cost = MonotonicClock.now() - began
        state.withLock { $0 = State(macs: macs, began: began, cost: cost) }
        return macs
    }
}
