import LinboModel

/// Why something was not done: the same value for the API (RFC 9457) and the command line.
package struct Fault: Error, Sendable, Equatable {
    /// What a program can act on; the API gives each a status of HTTP.
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// What was asked is no right question: a wrong value, a name that is unknown.
        case invalid
        /// Whoever asks may not.
        case forbidden
        /// What the question names is not there.
        case missing = "not found"
        /// It can't be done as things are: something waits already, a plugin is off.
        case conflict
        /// It was tried and went wrong.
        case failed
        /// Not now: the database is locked, the daemon ends, no answer came in time.
        case unavailable
    }

    /// By it a caller tells a wrong question from a server's trouble.
    package let kind: Kind
    /// What is wrong; may have several lines.
    package let what: String
    /// Where: a file with its line, a parameter; nil: `what` says it.
    package let place: String?
    /// What to do about it; nil: `what` says it.
    package let fix: String?

    /// - Parameters:
    ///   - what: for a person to read, without a secret.
    ///   - place: a file with its line, or a parameter.
    package init(_ kind: Kind, _ what: String, at place: String? = nil, fix: String? = nil) {
        self.kind = kind
        self.what = what
        self.place = place
        self.fix = fix
    }

    /// HTTP's status (RFC 9110).
    package var status: Int {
        switch kind {
        case .invalid: 400
        case .forbidden: 403
        case .missing: 404
        case .conflict: 409
        case .failed: 500
        case .unavailable: 503
        }
    }
}

extension Fault: CustomStringConvertible {
    /// `where: what; fix`, as the command line prints it.
    package var description: String {
        (place.map { "\($0): " } ?? "") + what + (fix.map { "; \($0)" } ?? "")
    }
}

extension Fault: Codable {
    /// RFC 9457's members; `what`, `where` and `fix` are extensions.
    private enum CodingKeys: String, CodingKey {
        case type, title, status, detail, kind, what, fix
        case place = "where"
    }

    /// A problem of RFC 9457, with members of ours.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode("about:blank", forKey: .type)
        try values.encode(title, forKey: .title)
        try values.encode(status, forKey: .status)
        try values.encode(description, forKey: .detail)
        try values.encode(kind, forKey: .kind)
        try values.encode(what, forKey: .what)
        try values.encodeIfPresent(place, forKey: .place)
        try values.encodeIfPresent(fix, forKey: .fix)
    }

    /// Reads back what `encode` wrote; `status` and `detail` follow from the rest.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try values.decode(Kind.self, forKey: .kind), try values.decode(String.self, forKey: .what),
            at: try values.decodeIfPresent(String.self, forKey: .place),
            fix: try values.decodeIfPresent(String.self, forKey: .fix))
    }

    /// HTTP's phrase for the status, as RFC 9457 wants it for `about:blank`.
    private var title: String {
        switch kind {
        case .invalid: "Bad Request"
        case .forbidden: "Forbidden"
        case .missing: "Not Found"
        case .conflict: "Conflict"
        case .failed: "Internal Server Error"
        case .unavailable: "Service Unavailable"
        }
    }
}
