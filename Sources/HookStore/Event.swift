import GRDB
import LinboModel

/// Something that happened, numbered for ever: a restart goes on counting. Services that seed or send an image act on
/// it, and so does whoever looks on (`linboctl events`).
package struct Event: Sendable, Hashable, Codable {
    /// What can happen.
    package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// An image set went live, by an upload.
        case imagePublished = "image.published"
        /// An earlier set went live again.
        case imageRolledBack = "image.rolled-back"
        /// What arrived was kept from going live, or a host from being registered.
        case uploadRefused = "upload.refused"
        /// A host was added to devices.csv.
        case hostRegistered = "host.registered"
        /// A program that the daemon keeps running has ended by itself.
        case serviceFailed = "service.failed"
        /// A job began, or is over.
        case jobState = "job.state"
        /// A PC does something else: it has fetched GRUB, LINBO, an image; `phase` and `step` in the data.
        case pcState = "pc.state"
        /// Another tenth of an image has reached a PC: `sent` and `bytes` of it, `rate` a second, seconds `left`.
        case pcProgress = "pc.progress"
        /// A boot does not get on: `detail` has the likely cause.
        case bootStuck = "boot.stuck"
        /// A sender of an image does something else: `phase` in the data.
        case multicastState = "multicast.state"
        /// Events that could not be kept, as many as `count` in the data says.
        case eventsLost = "events.lost"
    }

    /// Of all events there ever were here; grows.
    package let n: Int64
    /// Milliseconds since 1970.
    package let at: Int64
    /// What happened.
    package let kind: Kind
    /// nil: no single school's.
    package let school: String?
    /// The image or the host.
    package let subject: String
    /// By `kind`. `by` is who caused it: a host's name, an address, a user; `detail` is in words. Never a secret.
    package let data: [String: String]
}

extension Event {
    /// One that has no number yet.
    package struct Draft: Sendable, Equatable {
        /// Milliseconds since 1970.
        package let at: Int64
        /// As in `Event`.
        package let kind: Kind
        /// As in `Event`.
        package let school: String?
        /// As in `Event`.
        package let subject: String
        /// As in `Event`.
        package let data: [String: String]

        /// Texts may be a client's: they become printable, and short.
        /// - Parameter at: milliseconds since 1970.
        package init(
            _ kind: Kind, _ subject: String, school: String? = nil, data: [String: String], at: Int64
        ) {
            self.at = at
            self.kind = kind
            self.school = school
            self.subject = printable(subject, most: 255)
            self.data = data.mapValues { printable($0, most: sentenceLimit) }
        }
    }

    /// One that is kept now.
    package init(_ draft: Draft, n: Int64) {
        self.init(
            n: n, at: draft.at, kind: draft.kind, school: draft.school, subject: draft.subject, data: draft.data)
    }
}
