/// Something that happened once and that others act on: services that seed or send an image, or an admin who looks on
/// (`linboctl events`).
package struct Event: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Hashable, Codable {
        /// An image set went live, by an upload.
        case published
        /// An earlier set went live again.
        case rolledBack = "rolled-back"
        /// What arrived was kept from going live.
        case quarantined
        /// A host was added to devices.csv.
        case registered
    }

    /// Grows, over restarts of the daemon, too.
    package let number: Int
    /// Milliseconds since 1970.
    package let at: Int64
    package let kind: Kind
    /// The image or the host.
    package let subject: String
    /// Who caused it: a host's name or an address, or `linboctl`.
    package let by: String
    /// In words; never a secret.
    package let detail: String
}
