/// What was decided on a request: one word for the audit log, metrics, `--json` and the tables of `linboctl`
/// (docs/audit.md).
package enum Decision: Sendable, Hashable {
    /// The tree's own file.
    case plain
    /// Bytes that a plugin made for this client.
    case made
    /// The tree's file, changed by a plugin for this client.
    case transformed
    /// A directory, with the names in it.
    case directory
    /// A symlink inside of the tree.
    case link
    /// There is nothing of that name.
    case missing
    /// There is something that this client must not see, or that was consumed.
    case hidden
    /// It was kept back: nobody may ask for it, or the client may be another machine than its host.
    case refused
    /// It was decided, and could not be placed.
    case failed
    /// A file that a client sent.
    case upload
    /// The same with `rsync -n`: nothing came.
    case dryRun
    /// A set of uploads went live.
    case published
    /// A set of uploads was set aside.
    case quarantined
    /// A row that stands for others of its kind.
    case summary
    /// A row that stands for others that could not be written.
    case lost
    /// A plugin's own word, or one of an older version.
    case other(String)

    /// All but plugins' own, in the order of this list.
    package static let all: [Decision] = [
        .plain, .made, .transformed, .directory, .link, .missing, .hidden, .refused, .failed, .upload, .dryRun,
        .published,
        .quarantined, .summary, .lost,
    ]

    /// The client got nothing of it.
    package var isAbsence: Bool { self == .missing || self == .hidden || self == .refused }
}

extension Decision: RawRepresentable, Codable, CustomStringConvertible {
    /// The word as the audit log's database and `--json` have it; one that is not known becomes `other`.
    package init(rawValue: String) {
        // "folder" is what older versions wrote.
        self = rawValue == "folder" ? .directory : Self.all.first { $0.rawValue == rawValue } ?? .other(rawValue)
    }

    /// What is written: the word itself for `other`, "dry run" with a blank.
    package var rawValue: String {
        switch self {
        case .plain: "plain"
        case .made: "made"
        case .transformed: "transformed"
        case .directory: "directory"
        case .link: "link"
        case .missing: "missing"
        case .hidden: "hidden"
        case .refused: "refused"
        case .failed: "failed"
        case .upload: "upload"
        case .dryRun: "dry run"
        case .published: "published"
        case .quarantined: "quarantined"
        case .summary: "summary"
        case .lost: "lost"
        case .other(let word): word
        }
    }

    package var description: String { rawValue }
}
