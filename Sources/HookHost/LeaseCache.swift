import LinboModel
import Synchronization

/// A DHCP server's leases, parsed once for each change: their file has megabytes, and a server writes to it at each lease.
final class LeaseCache: Sendable {
    private struct State {
        var leases: [IPAddress: Leases.Lease] = [:]
        /// Of the files that they stand in; nil: there was none.
        var statuses: [FileStatus?] = []
        /// When it may be parsed again, in nanoseconds of CLOCK_MONOTONIC.
        var next: UInt64 = 0
        /// How often they were parsed.
        var reads = 0
        /// Why they could not be.
        var fault: String?

        func isOf(_ statuses: [FileStatus?]) -> Bool {
            self.statuses.count == statuses.count
                && zip(self.statuses, statuses).allSatisfy { own, new in
                    guard let own, let new else { return own == nil && new == nil }
                    return own.isUnchanged(from: new)
                }
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

    /// In the order in which the server itself reads them, newer rows last. Kea moves its file to `.1` every hour and
    /// begins a new one; its cleanup writes `.completed` of that and `.2`, then makes it `.2`. Most leases stand in `.2`.
    private var files: [String] {
        guard file.format == .kea else { return [file.path] }
        return [".completed", ".2", ".1", ""].map { file.path + $0 }
    }

    var isThere: Bool { statuses().contains { $0 != nil } }

    private func statuses() -> [FileStatus?] { files.map { FileStatus(followingLinks: $0) } }

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

    /// A `stat` for each file.
    private var isCurrent: Bool {
        let statuses = statuses()
        return state.withLock { $0.isOf(statuses) }
    }

    /// Under `reading`.
    private func refreshed(_ address: IPAddress, at now: Int64, mayWait: Bool) -> MACAddress? {
        let statuses = statuses()
        let last = state.withLock { $0 }
        guard !last.isOf(statuses) else { return lastMAC(of: address, at: now) }
        if MonotonicClock.now() < last.next {
            guard mayWait else { return lastMAC(of: address, at: now) }
            MonotonicClock.sleep(until: last.next)
        }
        read()
        return lastMAC(of: address, at: now)
    }

    private func read() {
        // Before reading: what changes meanwhile is seen by the next look.
        let statuses = statuses()
        let began = MonotonicClock.now()
        let leases = leases(statuses)
        let ended = MonotonicClock.now()
        let next = ended + min(Self.rest * (ended - began), 1_000_000_000)
        state.withLock { state in
            // One that can't be read is tried again, and what was known counts meanwhile; one that is gone is no lease.
            let kept = statuses.allSatisfy { $0 == nil } ? [:] : state.leases
            state = State(
                leases: leases ?? kept, statuses: leases == nil ? [] : statuses, next: next,
                reads: state.reads + (leases == nil ? 0 : 1), fault: leases == nil ? fault(statuses) : nil)
        }
    }

    /// nil if one of the files is there and can't be read.
    private func leases(_ statuses: [FileStatus?]) -> [IPAddress: Leases.Lease]? {
        var parts = zip(files, statuses).compactMap { path, status in status.map { _ in path } }
        // What is completed takes the place of the older two (Kea reads them so).
        if parts.first?.hasSuffix(".completed") == true { parts.removeAll { $0.hasSuffix(".2") || $0.hasSuffix(".1") } }
        guard !parts.isEmpty else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard let more = try? FileBytes.read(followingLinks: part, limit: Self.sizeLimit) else { return nil }
            // A row that is being written belongs to nothing.
            bytes += file.format == .kea ? more.prefix((more.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1) : more[...]
        }
        return Leases.read(bytes, format: file.format)
    }

    /// What keeps the files from being read; nil: there is none, and that is no error.
    private func fault(_ statuses: [FileStatus?]) -> String? {
        for (path, status) in zip(files, statuses) where status != nil {
            do { _ = try FileBytes.read(followingLinks: path, limit: Self.sizeLimit) } catch { return "\(error)" }
        }
        return nil
    }

    /// Why leases are not known, or are old ones.
    var problem: String? {
        if !isCurrent { reading.withLock { _ in read() } }
        return state.withLock { $0.fault }
    }
}
