import LinboModel
import LinuxKit
import Synchronization

/// A DHCP server's leases, parsed once for each change: their file has megabytes, and a server writes to it at each
/// lease.
final class LeaseCache: Sendable {
    private struct State {
        var reader: LeaseReader
        var position: Position?
        /// Of the files that the leases stand in; nil: there was none.
        var statuses: [FileStatus?] = []
        /// When they may be parsed again, in nanoseconds of CLOCK_MONOTONIC.
        var next: UInt64 = 0
        /// How often they were parsed.
        var reads = 0
        /// How many bytes of them.
        var bytes = 0
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

    /// How far the files were read.
    private struct Position {
        /// In the order of reading, each as it was then.
        let parts: [(path: String, status: FileStatus)]
        /// Where the last record of the last one ended, and the bytes before that.
        let end: Int
        let tail: [UInt8]
    }

    private let file: AddressTable.LeaseFile
    private let state: Mutex<State>
    private let reading = Mutex(())

    /// A lease file of a school with thousands of hosts has a few megabytes.
    static let sizeLimit = 64 << 20
    /// Parsing takes a third of one thread's time at most, however often the file changes.
    private static let rest: UInt64 = 2

    init(_ file: AddressTable.LeaseFile) {
        self.file = file
        state = Mutex(State(reader: LeaseReader(file.format)))
    }

    var path: String { file.path }

    /// In the order in which the server itself reads them, newer rows last. Kea moves its file to `.1` every hour and
    /// begins a new one; its cleanup writes `.completed` of that and `.2`, then makes it `.2`. Most leases stand in
    /// `.2`.
    private var files: [String] {
        guard file.format == .kea else { return [file.path] }
        return [".completed", ".2", ".1", ""].map { file.path + $0 }
    }

    var isThere: Bool { statuses().contains { $0 != nil } }

    private func statuses() -> [FileStatus?] { files.map { FileStatus(followingLinks: $0) } }

    /// For tests: how often the file was parsed.
    var reads: Int { state.withLock { $0.reads } }

    /// For tests: how many bytes were.
    var bytesRead: Int { state.withLock { $0.bytes } }

    /// Reads what is new, so that no request has to.
    func refresh() {
        if !isCurrent { reading.withLock { _ in read() } }
    }

    /// - Parameter now: Unix seconds.
    func mac(of address: IPAddress, at now: Int64) -> MACAddress? {
        if isCurrent { return lastMAC(of: address, at: now) }
        // While one reads, all others are answered by what was known before. Only an address that has no lease there
        // waits: it may have got one just now.
        if let mac = reading.withLockIfAvailable({ _ in refreshed(address, at: now, mayWait: false) }) ?? nil {
            return mac
        }
        if let mac = lastMAC(of: address, at: now) { return mac }
        return reading.withLock { _ in refreshed(address, at: now, mayWait: true) }
    }

    /// As of the last read.
    func lastMAC(of address: IPAddress, at now: Int64) -> MACAddress? {
        state.withLock { $0.reader.leases[address] }.flatMap { $0.isActive(at: now) ? $0.mac : nil }
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
        var new = state.withLock { $0 }
        let parts = parts(statuses)
        let isRead = !parts.isEmpty && (readOn(parts, &new) || readAll(parts, &new))
        // One that can't be read is tried again, and what was known counts meanwhile; one that is gone is no lease.
        if parts.isEmpty { new.reader = LeaseReader(file.format) }
        if !isRead { new.position = nil }
        new.statuses = isRead ? statuses : []
        new.reads += isRead ? 1 : 0
        new.fault = isRead ? nil : fault(statuses)
        let ended = MonotonicClock.now()
        new.next = ended + min(Self.rest * (ended - began), 1_000_000_000)
        state.withLock { $0 = new }
    }

    /// Those files that are there and count.
    private func parts(_ statuses: [FileStatus?]) -> [(path: String, status: FileStatus)] {
        let parts = zip(files, statuses).compactMap { path, status in status.map { (path: path, status: $0) } }
        // What is completed takes the place of the older two (Kea reads them so).
        guard parts.first?.path.hasSuffix(".completed") == true else { return parts }
        return parts.filter { !$0.path.hasSuffix(".2") && !$0.path.hasSuffix(".1") }
    }

    /// Reads what was appended since, if that is all that happened: ISC's server and Kea append to a file until they
    /// put a new one in its place. dnsmasq writes its own anew.
    private func readOn(_ parts: [(path: String, status: FileStatus)], _ state: inout State) -> Bool {
        guard file.format != .dnsmasq, let position = state.position, let last = parts.last,
            let old = position.parts.last, parts.map(\.path) == position.parts.map(\.path),
            zip(parts, position.parts).dropLast().allSatisfy({ $0.status.isUnchanged(from: $1.status) }),
            last.status.isSameFile(as: old.status),
            let bytes = try? FileBytes.read(
                followingLinks: last.path, from: position.end - position.tail.count, limit: Self.sizeLimit),
            bytes.starts(with: position.tail)
        else { return false }
        let new = Array(bytes.dropFirst(position.tail.count))
        let read = state.reader.read(new)
        state.bytes += new.count
        let before = bytes.prefix(position.tail.count + read)
        state.position = Position(
            parts: parts, end: position.end + read, tail: Array(before.suffix(Self.tailLength)))
        return true
    }

    /// Enough to tell a file that was written anew from one that was appended to.
    private static let tailLength = 256

    private func readAll(_ parts: [(path: String, status: FileStatus)], _ state: inout State) -> Bool {
        var reader = LeaseReader(file.format)
        for part in parts {
            guard let bytes = try? FileBytes.read(followingLinks: part.path, limit: Self.sizeLimit) else {
                return false
            }
            let end = reader.read(bytes)
            state.bytes += bytes.count
            state.position = Position(
                parts: parts, end: end, tail: Array(bytes.prefix(end).suffix(Self.tailLength)))
        }
        state.reader = reader
        return true
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
        refresh()
        return state.withLock { $0.fault }
    }
}
