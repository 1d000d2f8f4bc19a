/// What a request resolves to, for one client.
package enum Content: Sendable {
    /// A file of the tree, handed over without copying.
    case file(TreeFile)
    /// Bytes made for this client. They never lie in the shared tree.
    case made(MadeContent)
    case directory(TreeDirectory)
    /// A symlink that stays inside the tree. The transport shows the link and resolves its target like a request.
    case link(TreeLink)
    case nothing(Absence)
}

/// Bytes of one client's own.
package struct MadeContent: Sendable {
    /// All of it: made content is held in memory.
    package let bytes: [UInt8]
    /// Seconds since 1970. rsync skips a file whose size and time are unchanged, so this changes with the bytes.
    package let modified: Int64
    /// What the plugin wants to hear again with the outcome; nil if it needs no outcome.
    package let token: String?
    /// May be delivered once: the transport tells the plugin whether it was read, and takes it away afterwards.
    package let isOneShot: Bool
    /// Who hears the outcome: the plugin that gave the token. Set by the runtime.
    package internal(set) var owner: PluginName?

    /// - Parameter modified: nil derives the time from the bytes (`ContentTime`).
    package init(_ bytes: [UInt8], modified: Int64? = nil, token: String? = nil, isOneShot: Bool = false) {
        self.bytes = bytes
        self.modified = modified ?? ContentTime.seconds(for: bytes)
        self.token = token
        self.isOneShot = isOneShot
    }
}

/// Why there is nothing, for the audit log and `explain`; clients see "no such file" in each case.
package enum Absence: Sendable, Hashable, CustomStringConvertible {
    case missing
    /// There is something that this client must not see, or that was consumed.
    case hidden(String)
    /// It is this host's, and the client may be another machine; the audit log tells it as a refusal.
    case refused(String)

    package var description: String {
        switch self {
        case .missing: "not in the tree"
        case .hidden(let reason): reason
        case .refused(let reason): "refused: \(reason)"
        }
    }
}

/// A request that must not be served, with the reason that the client is shown. Only for hostile names and secrets:
/// LINBO clients delete their own copy of a file whose download was refused.
package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// In words; never a secret, as the client reads it.
    package let reason: String

    /// - Parameter reason: what is wrong, and better its fix, too.
    package init(_ reason: String) {
        self.reason = reason
    }

    package var description: String { reason }
}
