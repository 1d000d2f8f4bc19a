import Foundation
package import HookHost
import HookStore
import LinboModel
import LinuxKit
import RsyncTransport
import Uploads

/// What `linboctl status` shows, as the daemon tells it.
package struct StatusReport: Codable, Sendable {
    /// The daemon's.
    package var version: String
    /// The daemon's.
    package var process: Int32
    /// Seconds since 1970.
    package var started: Int64
    /// The file that it was started with.
    package var config: String
    /// Those that are enabled, in their order.
    package var plugins: [String]
    /// In all devices.csv files together.
    package var hosts: Int
    /// Clients with a live connection, and how many each has.
    package var live: [String: Int]
    /// Rows of the audit log.
    package var auditEntries: Int
    /// Bytes of the database's file, and what `audit.max-size` allows it.
    package var databaseSize: Int64
    /// What `audit.max-size` allows the file; bytes.
    package var databaseLimit: Int64
    /// Audit entries that were counted, not written, as their clients had too many; since the start.
    package var auditSummedUp: Int
    /// What plugins count.
    package var figures: [Figure]
    /// Uploads that were refused, until an admin looks.
    package var quarantined: Int
    /// Hosts that registered themselves and wait for an import.
    package var newcomers: Int
    /// What keeps uploads out, or ended some; in words.
    package var uploadLimits: [String]
    /// Bytes on the disk of the tree; nil: nobody knows.
    package var free: Int64?
    /// Less is free than `uploads.keep-free`: no upload is taken.
    package var isFull: Bool
    /// Resident set, KiB.
    package var memory: Int
    /// What keeps the daemon, or PCs, from something; with the fix.
    package var problems: [String]
    /// What keeps the daemon and most PCs from nothing.
    package var warnings: [String]
    /// Of these, those that only a running daemon knows: what the audit log and TFTP lack.
    package var losses: [String]

    /// What the report is made from.
    package struct Source: Sendable {
        private let reloader: Reloader
        /// Why there is no database; nil: there is one.
        package let fault: String?
        let started = UnixTime.now()

        /// What TFTP lacks.
        let lack: String?

        private let followUps: FollowUps

        /// Of a running daemon.
        package init(_ reloader: Reloader, _ followUps: FollowUps, fault: String?, lack: String?) {
            self.reloader = reloader
            self.followUps = followUps
            self.fault = fault
            self.lack = lack
        }

        private var assembly: Assembly { reloader.assembly }

        /// As of now. Blocks, on files and the database.
        package func report() -> StatusReport {
            let assembly = assembly
            assembly.hosts.refresh()
            let space = try? assembly.config.space
            let found = Diagnosis(assembly).problems()
            func told(_ severity: Problem.Severity) -> [String] {
                found.filter { $0.severity == severity }.map(\.description)
            }
            return StatusReport(
                version: linboHookdVersion, process: getpid(), started: started, config: assembly.config.file,
                plugins: assembly.runtime.plugins.map { type(of: $0).name.description },
                hosts: assembly.hosts.devices.hosts.count, live: assembly.hooks.live(),
                auditEntries: (try? assembly.store?.audit.count()) ?? 0,
                databaseSize: (try? assembly.store?.audit.size()) ?? 0, databaseLimit: assembly.config.audit.maxSize,
                auditSummedUp: assembly.audit?.summedUp ?? 0,
                figures: assembly.figures,
                quarantined: assembly.publisher.quarantine.entries().count, newcomers: assembly.newcomers.count,
                uploadLimits: Self.limits(space) + assembly.hooks.uploads.endedUploads.sentences,
                free: space?.bytes,
                isFull: space?.isTooLittle ?? false, memory: ResidentMemory.kibibytes(),
                problems: [reloader.fault].compactMap { $0 } + told(.error) + losses,
                warnings: [reloader.difference].compactMap { $0 } + told(.leftOut) + told(.warning)
                    + assembly.runtime.oddNames.problems
                    + followUps.problems(assembly.config.followUps),
                losses: losses)
        }

        private static func limits(_ space: FreeSpace?) -> [String] {
            guard let space, space.isTooLittle else { return [] }
            let reason = space.lacksFiles ? "" : "less than uploads.keep-free, "
            return ["\(reason)no upload is taken: \(space)"]
        }

        private var losses: [String] {
            let lack = [lack].compactMap { $0 }
            guard let audit = assembly.audit else { return [fault].compactMap { $0 } + lack }
            let failure = audit.failure.map {
                "audit log: it can't be written: \($0); see that the disk of \(assembly.config.state) has room and is not "
                    + "read-only, and which process holds the database: fuser \(assembly.config.state)/\(Store.fileName)"
            }
            let lost = audit.lost
            let losses =
                "audit log: \(lost) entries were lost since the start; the log says why they could not be written"
            return [failure, lost > 0 ? losses : nil].compactMap { $0 } + lack
        }
    }
}

/// The programs' version; they are installed together.
package let linboHookdVersion = "0.1.0"

enum ResidentMemory {
    /// `VmRSS` of `/proc/self/status`.
    static func kibibytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
        else { return 0 }
        return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }
}
