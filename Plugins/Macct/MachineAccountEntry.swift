import GRDB

/// One thing to do with the machine account of a host, and how far it got. Holds no hash.
package struct MachineAccountEntry: Sendable, Codable, Equatable, FetchableRecord {
    package enum Work: String, Sendable, Codable, CaseIterable {
        /// The image's hashes into the account of a host that starts it.
        case apply
        /// The account of the host that made an image, beside the image.
        case capture
    }

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

    package let id: Int64
    package let work: Work
    package let host: String
    package let image: String
    /// For a capture: which image it belongs to, by size and time.
    package let version: String?
    package let state: State
    /// Milliseconds since 1970, as are the others.
    package let created: Int64
    package let changed: Int64
    /// Not tried before.
    package let due: Int64
    package let attempts: Int
    /// The process that is at it.
    package let worker: String?
    package let connection: String?
    package let address: String?
    package let note: String?
}
