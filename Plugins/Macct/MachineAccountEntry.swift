import GRDB

/// One thing to do with the machine account of a host, and how far it got. Holds no hash.
package struct MachineAccountEntry: Sendable, Codable, Equatable, FetchableRecord {
    /// Which way the hashes go: into the AD, or out of it.
    package enum Work: String, Sendable, Codable, CaseIterable {
        /// The image's hashes into the account of a host that starts it.
        case apply
        /// The account of the host that made an image, beside the image.
        case capture
    }

    /// `queued` and `applying` are open; the rest is over.
    package enum State: String, Sendable, Codable, CaseIterable {
        case queued
        /// A process is at it; it waits again if that process ends without an outcome.
        case applying
        case applied
        /// The account had these hashes already.
        case unchanged
        case captured
        /// Given up; the note says why.
        case failed
        /// Must not be done; the note says why.
        case refused
    }

    /// Row in table `machine_account`.
    package let id: Int64
    /// What is to be done.
    package let work: Work
    /// Hostname, as in devices.csv; its account in the AD is `HOST$`.
    package let host: String
    /// With its suffix, such as `win11.qcow2`.
    package let image: String
    /// For a capture: which image it belongs to, by size and time.
    package let version: String?
    /// Only the worker that took an entry takes it out of `applying`, unless that worker is dead.
    package let state: State
    /// Milliseconds since 1970, as are the others.
    package let created: Int64
    /// When `state` became what it is.
    package let changed: Int64
    /// Not tried before.
    package let due: Int64
    /// How often a worker has taken it; the pause before the next grows with it.
    package let attempts: Int
    /// The process that is at it.
    package let worker: String?
    /// `ConnectionID` of the rsync connection that asked; nil: an admin or an upload did.
    package let connection: String?
    /// IP address of that client, or of the uploader; nil: an admin asked.
    package let address: String?
    /// Why it waits, failed or was refused; nil: no attempt has ended.
    package let note: String?
}
