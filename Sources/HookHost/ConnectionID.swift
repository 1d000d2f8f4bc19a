import HookWire

/// One transfer session of one client, told from all others, over restarts of the daemon too.
///
/// For rsync: the process whose pid stands in `RSYNC_PID` of all three hooks, and when it started, as pids are used
/// again.
package struct ConnectionID: Sendable, Hashable, CustomStringConvertible {
    package let process: Int32
    /// Clock ticks after boot (`starttime` of proc(5)); 0 if it could not be read.
    package let started: UInt64

    package init(process: Int32, started: UInt64) {
        self.process = process
        self.started = started
    }

    /// The connection that a live process serves; nil if there is no such process.
    package init?(process: Int32) {
        guard process > 0, let started = ProcessStart.ticks(of: process) else { return nil }
        self.init(process: process, started: started)
    }

    /// Parses its own description, `PID@TICKS`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let process = Int32(parts[0]), process > 0, let started = UInt64(parts[1]) else {
            return nil
        }
        self.init(process: process, started: started)
    }

    package var description: String { "\(process)@\(started)" }

    /// Whether its process still runs.
    package var isAlive: Bool {
        guard let current = ProcessStart.ticks(of: process) else { return false }
        return started == 0 || current == started
    }
}
