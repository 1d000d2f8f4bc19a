import Glibc
import HookHost
import HookWire
import LinuxKit
import Logging
import Synchronization

/// Finds connections that do nothing any more. rsyncd's `timeout` ends those that are silent; a client that gives a
/// sign of life now and then can keep one for days, and with it the hard links of its view, which keep old images from
/// being pruned.
///
/// What moves takes CPU time: ten milliseconds of it are some megabytes.
package final class StalledConnections: Sendable {
    private struct Sample {
        let ticks: UInt64
        let since: ContinuousClock.Instant
    }

    package let limit: Duration
    private let samples = Mutex<[ConnectionID: Sample]>([:])

    /// Of CPU time (usually 10 ms each), from which on a connection has moved.
    private static let fewTicks: UInt64 = 3

    /// - Parameter limit: `hook.stalled`.
    package init(limit: Duration) {
        self.limit = limit
    }

    /// - Parameters:
    ///   - connections: all that live.
    ///   - ticks: of CPU time that a process has used; nil if it is gone.
    /// - Returns: those that have not moved for as long as the limit; one that lives on is named again after another.
    func stalled(
        among connections: [ConnectionID], now: ContinuousClock.Instant,
        ticks: (Int32) -> UInt64? = { ProcessTime.ofFamily($0) }
    ) -> [ConnectionID] {
        samples.withLock { samples in
            let old = samples
            samples = [:]
            return connections.filter { connection in
                guard let ticks = ticks(connection.process) else { return false }
                guard let sample = old[connection], ticks < sample.ticks + Self.fewTicks else {
                    samples[connection] = Sample(ticks: ticks, since: now)
                    return false
                }
                guard now - sample.since < limit else { return true }
                samples[connection] = sample
                return false
            }
        }
    }
}

/// CPU time of a process: fields 14 and 15 of `/proc/PID/stat`, proc(5).
enum ProcessTime {
    /// Of a process, its children and theirs: rsyncd's process waits while others work.
    static func ofFamily(_ process: Int32) -> UInt64? {
        let children = ChildProcesses.of(process)
        let others = children + children.flatMap { ChildProcesses.of($0) }
        return ticks(of: process).map { others.compactMap { ticks(of: $0) }.reduce($0, &+) }
    }

    static func ticks(of process: Int32) -> UInt64? {
        ProcFile.read("/proc/\(process)/stat").flatMap { parse($0) }
    }

    /// The command's name, field 2, may hold anything, so fields are counted from its last `)`.
    static func parse(_ stat: [UInt8]) -> UInt64? {
        guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = String(decoding: stat[(end + 1)...], as: UTF8.self).split(separator: " ")
        guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else { return nil }
        return user &+ system
    }
}

extension RsyncHooks {
    /// Ends connections that have not moved for long: their client is told by rsync, and `post` clears up.
    package func endStalled(_ stalled: StalledConnections) {
        let live = records.addresses().flatMap { address in
            records.connections(of: address).filter(\.isAlive).map { (address, $0) }
        }
        let addresses = Dictionary(live.map { ($1, $0) }) { first, _ in first }
        for connection in stalled.stalled(among: live.map { $1 }, now: .now) {
            let address = addresses[connection] ?? "-"
            do {
                try connection.terminate()
                logger.warning(
                    "the connection \(connection) of \(address) has not moved for hook.stalled, and is ended")
            } catch {
                logger.error("the connection \(connection) of \(address) hangs: \(error)")
            }
        }
    }
}
