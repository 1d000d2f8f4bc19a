import HookHost

/// A file of a PC's that it has the server fetch (docs/linbo.md#logs-of-clients). These three, and no others.
enum SentFile: String, Sendable, Hashable, Codable, CaseIterable {
    case log = "linbo.log"
    case status = "image.status"
    case hardware = "hwinfo.gz"

    /// By what it asks for; nil for anything else.
    init?(_ asked: TreePath) {
        guard let file = Self.allCases.first(where: { $0.asked == asked.text }) else { return nil }
        self = file
    }

    /// What PCs ask rsyncd for, below the module.
    var asked: String { "tmp/\(rawValue)" }

    /// Where it lies on the PC.
    var place: String { "/tmp/\(rawValue)" }
}
