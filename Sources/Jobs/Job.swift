import API
import Foundation
import GRDB
import LinboModel

/// Something that somebody wants done, and how far it is. It outlives restarts of the daemon.
package struct Job: Sendable, Codable, Equatable {
    /// How far it is; the words stand in the database and in the API.
    package enum State: String, Sendable, Codable, CaseIterable {
        /// It is done as soon as there is room.
        case queued
        /// It is tried again later; the note says why.
        case waiting
        /// Somebody is at it.
        case running
        /// It ended well; `result` is what came of it, if anything.
        case done
        /// Given up; the note says why.
        case failed
        /// Somebody wanted that, and it has stopped.
        case cancelled
        /// Nobody came to it before its deadline.
        case expired
        /// The daemon died while it ran, and it must not be done twice unasked.
        case uncertain

        /// Whether nothing more happens to it, unless somebody asks for it again.
        package var isOver: Bool {
            switch self {
            case .queued, .waiting, .running: false
            case .done, .failed, .cancelled, .expired, .uncertain: true
            }
        }
    }

    /// Grows, and is never given again.
    package let id: Int64
    /// Who does it, such as `grub-img.build`.
    package let kind: String
    /// What it is about, in words: hosts, an image.
    package let subject: String
    /// Jobs of one kind and lane are done one after the other, in their order; nil: in any.
    package let lane: String?
    /// The same wish has the same key: while one waits, another is not added.
    package let key: String
    /// Of its kind; JSON.
    package let parameters: String
    /// Who wants it.
    package let actor: String
    /// As the database has it; a job that runs may be asked to stop already.
    package let state: State
    /// Milliseconds since 1970, as are the others.
    package let created: Int64
    /// When its state changed last, or somebody wanted it to stop.
    package let changed: Int64
    /// Not begun before.
    package let due: Int64
    /// Not begun after; nil: at any time.
    package let deadline: Int64?
    /// How often it was begun, by whatever daemon; one that is retried by hand counts anew.
    package let attempts: Int
    /// 0 to 100; nil: nobody knows.
    package let percent: Int?
    /// Somebody wants it to stop.
    package let isCancelled: Bool
    /// The process that is at it, while it runs.
    package let worker: String?
    /// In words: what it waits for, what became of it.
    package let note: String?
    /// What came of it, of its kind; JSON.
    package let result: String?
    /// The first of those that were wanted together, which may be itself; nil: nobody counts them together.
    package let batch: Int64?
}

extension Job: FetchableRecord {}

extension Job {
    /// Its parameters as its kind has them.
    /// - Throws: `DecodingError` for those of another version.
    package func order<Order: Decodable>(_ type: Order.Type) throws -> Order {
        try APICoding.decoded(type, from: Data(parameters.utf8))
    }
}

/// A line that a job wrote while it ran.
package struct JobLine: Sendable, Codable, Equatable, FetchableRecord {
    /// Grows; what comes later has a higher one.
    package let n: Int64
    /// Milliseconds since 1970.
    package let at: Int64
    /// With `?` for what is not printable, and cut at 1000 characters.
    package let text: String
}

/// A job that is to be.
package struct JobWish: Sendable {
    /// The name of a `JobKind`; one that nobody registers waits.
    package let kind: String
    /// For people: printable, and cut at 255 characters.
    package var subject: String
    /// JSON of the kind's own form, for its `run`.
    package var parameters: String
    /// Jobs of one kind and lane are done one after the other; nil: it has none to wait for.
    package var lane: String?
    /// While a job of this kind and key waits, the wish is that job.
    package var key: String
    /// Milliseconds since 1970; nil: at once.
    package var notBefore: Int64?
    /// Milliseconds since 1970; not begun by then, it expires. nil: it waits as long as it takes.
    package var deadline: Int64?

    /// - Parameters:
    ///   - parameters: JSON, of the kind's own form.
    ///   - key: what makes it the same as another wish of this kind; by default its parameters.
    package init(_ kind: String, subject: String, parameters: String, lane: String? = nil, key: String? = nil) {
        self.kind = kind
        self.subject = printable(subject, most: 255)
        self.parameters = parameters
        self.lane = lane
        self.key = key ?? parameters
    }

    /// The same with parameters that `Job.order` reads.
    package init(
        _ kind: String, subject: String, order: some Encodable, lane: String? = nil, key: String? = nil
    ) throws {
        self.init(
            kind, subject: subject, parameters: String(decoding: try APICoding.encoded(order), as: UTF8.self),
            lane: lane, key: key)
    }
}
