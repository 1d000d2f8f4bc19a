import LinboModel
import Synchronization

/// A DHCP server's lease file, parsed once for each change: it has megabytes, and a server writes to it at each lease.
final class LeaseCache: Sendable {
    private struct State {
        var leases: [IPAddress: Leases.Lease] = [:]
        /// Of the file that they stand in; nil: there was none.
        var status: FileStatus?
        /// When it may be parsed again, in nanoseconds of CLOCK_MONOTONIC.
        var next: UInt64 = 0
        /// How often it was parsed.
        var reads = 0

        func isOf(_ status: FileStatus?) -> Bool {
            guard let status, let own = self.status else { return status == nil && self.status == nil }
            return own.isUnchanged(from: status)
        }
    }

    private let file: AddressTable.LeaseFile
    private let state = Mutex(State())
    private let reading = Mutex(())

    /// A lease file of a school with thousands of hosts has a few megabytes.
    static let sizeLimit = 64 << 20
    /// Parsing takes a third of one thread's time at most, however often the file changes.
    private static let rest: UInt64 = 2

    init(_ file: AddressTable.LeaseFile) {
        self.file = file
    }

    var path: String { file.path }
    /// For tests: how often the file was parsed.
    var reads: Int { state.withLock { $0.reads } }

    /// - Parameter now: Unix seconds.
    func mac(of address: IPAddress, at now: Int64) -> MACAddress? {
        if isCurrent { return lastMAC(of: address, at: now) }
        // While one reads, all others are answered by what was known before. Only an address that has no lease there waits:
        // it may have got one just now.
        if let mac = reading.withLockIfAvailable({ _ in refreshed(address, at: now, mayWait: false) }) ?? nil {
            return mac
        }
        if let mac = lastMAC(of: address, at: now) { return mac }
        return reading.withLock { _ in refreshed(address, at: now, mayWait: true) }
    }

    /// As of the last read.
    func lastMAC(of address: IPAddress, at now: Int64) -> MACAddress? {
        state.withLock { $0.leases[address] }.flatMap { $0.isActive(at: now) ? $0.mac : nil }
    }

    /// One `stat`.
    private var isCurrent: Bool {
        let status = FileStatus(followingLinks: file.path)
        return state.withLock { $0.isOf(status) }
    }

    /// Under `reading`.
    private func refreshed(_ address: IPAddress, at now: Int64, mayWait: Bool) -> MACAddress? {
        let status = FileStatus(followingLinks: file.path)
        let last = state.withLock { $0 }
        guard !last.isOf(status) else { return lastMAC(of: address, at: now) }
        if MonotonicClock.now() < last.next {
            guard mayWait else { return lastMAC(of: address, at: now) }
            MonotonicClock.sleep(until: last.next)
        }
        read()
        return lastMAC(of: address, at: now)
    }

    private func read() {
        // Before reading: what changes meanwhile is seen by the next look.
        let status = FileStatus(followingLinks: file.path)
        let began = MonotonicClock.now()
        let bytes = status.flatMap { _ in try? FileBytes.read(followingLinks: file.path, limit: Self.sizeLimit) }
        let leases = bytes.map { Leases.read($0, format: file.format) }
        let ended = MonotonicClock.now()
        let next = ended + min(Self.rest * (ended - began), 1_000_000_000)
        state.withLock { state in
            // One that can't be read is tried again, and what was known counts meanwhile; one that is gone is no lease.
            let kept = status == nil ? [:] : state.leases
            state = State(
                leases: leases ?? kept, status: leases == nil ? nil : status, next: next,
                reads: state.reads + (leases == nil ? 0 : 1))
        }
    }
}
