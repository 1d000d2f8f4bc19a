import Glibc
import HookWire
package import LinuxKit

/// One transfer session of one client, told from all others, over restarts of the daemon too.
///
/// For rsync: the process whose pid stands in `RSYNC_PID` of all three hooks, and when it started, as pids are used
/// again. For TFTP: the daemon's process, and the number of the transfer in it.
package struct ConnectionID: Sendable, Hashable, CustomStringConvertible {
    /// Its pid.
    package let process: Int32
    /// Clock ticks after boot (`starttime` of proc(5)); 0 if it could not be read.
    package let started: UInt64
    /// Counts the transfers that the process itself serves; 0 for a process of one connection.
    package let transfer: UInt64

    /// - Parameters:
    ///   - started: clock ticks after boot; 0: not known.
    ///   - transfer: 0 for a process of one connection.
    package init(process: Int32, started: UInt64, transfer: UInt64 = 0) {
        self.process = process
        self.started = started
        self.transfer = transfer
    }

    /// The connection that a live process serves; nil if there is no such process.
    package init?(process: Int32) {
        guard process > 0, let started = ProcessStart.ticks(of: process) else { return nil }
        self.init(process: process, started: started)
    }

    /// Parses its own description, `PID@TICKS` or `PID@TICKS#TRANSFER`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let process = Int32(parts[0]), process > 0 else { return nil }
        let numbers = parts[1].split(separator: "#", omittingEmptySubsequences: false).map { UInt64($0) }
        guard (1...2).contains(numbers.count), let started = numbers[0], let transfer = numbers.last ?? nil else {
            return nil
        }
        self.init(process: process, started: started, transfer: numbers.count == 2 ? transfer : 0)
        // A file of another name would be a connection that nobody can let go of.
        guard description == text else { return nil }
    }

    package var description: String {
        transfer == 0 ? "\(process)@\(started)" : "\(process)@\(started)#\(transfer)"
    }

    /// Ends what rsyncd does for it: the client is told, and `post` follows. Nothing if it is gone already.
    ///
    /// Hooks are told the process that waits for the end, to run `post`; its child serves the client. Without the first
    /// one the second goes on, so the child is ended; the process itself if there is none, as before and after a
    /// transfer.
    /// - Throws: `SystemError`.
    package func terminate() throws(SystemError) {
        guard isAlive else { return }
        let servers = servers
        for target in servers.isEmpty ? [process] : servers where kill(target, SIGTERM) != 0 && errno != ESRCH {
            throw SystemError("kill", "rsyncd's process \(target)")
        }
    }

    /// Whether rsyncd still serves it: `post` may run for a while after that.
    package var isServing: Bool { isAlive && !servers.isEmpty }

    /// rsyncd's children of that process, and no hook that it has started.
    private var servers: [Int32] {
        ChildProcesses.of(process).filter {
            ProcFile.read("/proc/\($0)/comm")?.elementsEqual("rsync\n".utf8) ?? false
        }
    }

    /// Whether its process still runs.
    package var isAlive: Bool {
        guard let current = ProcessStart.ticks(of: process) else { return false }
        return started == 0 || current == started
    }
}
