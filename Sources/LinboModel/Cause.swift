/// Why a transfer did not end as it should: a code for the audit log and `--json`, English for people (docs/audit.md).
package enum Cause: Sendable, Hashable {
    /// rsyncd's process ended with this status (rsync(1), EXIT VALUES).
    case rsync(Int)
    /// rsyncd told no status.
    case noStatus
    /// rsyncd's process died before it told the outcome.
    case died
    /// The address has got another owner meanwhile.
    case otherOwner
    /// Another connection of the address has the file's place.
    case otherConnection
    /// The file was sent, but not all of the connection's files were.
    case incomplete
    /// The file became shorter while it was sent.
    case cutOff
    /// The file's bytes changed while it was sent.
    case changed
    /// The client asked for the same file anew.
    case askedAnew
    /// The client has too many transfers.
    case tooMany
    /// The server was told to end.
    case serverEnded
    /// The client fell silent: the last block that it acknowledged, and the file's last one.
    case silent(block: Int, of: Int)
    /// All was sent, and the last block never acknowledged.
    case notAcknowledged
    /// Somebody guessed at the transfer's port.
    case guessed
    /// The client's own word: the error code of its packet (RFC 1350, §5), with its text.
    case client(code: Int, text: String)
    /// In words that have no code, or an older version's.
    case text(String)

    /// Those without a payload.
    package static let plain: [Cause] = [
        .noStatus, .died, .otherOwner, .otherConnection, .incomplete, .cutOff, .changed, .askedAnew, .tooMany,
        .serverEnded, .notAcknowledged, .guessed,
    ]
}

extension Cause: RawRepresentable {
    /// What is no code of ours stays as it is.
    package init(rawValue text: String) {
        let known = Self.plain.first { $0.rawValue == text } ?? Self.withNumbers(text)
        self = known.flatMap { $0.rawValue == text ? $0 : nil } ?? .text(text)
    }

    private static func withNumbers(_ text: String) -> Cause? {
        let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        switch words.first {
        case "rsync" where words.count == 2: return Int(words[1]).map { .rsync($0) }
        case "client" where words.count >= 2:
            return Int(words[1]).map { .client(code: $0, text: words.count > 2 ? words[2] : "") }
        case "silent" where words.count == 2:
            let numbers = words[1].split(separator: "/").compactMap { Int($0) }
            return numbers.count == 2 ? .silent(block: numbers[0], of: numbers[1]) : nil
        default: return nil
        }
    }

    package var rawValue: String {
        switch self {
        case .rsync(let status): "rsync \(status)"
        case .noStatus: "no status"
        case .died: "died"
        case .otherOwner: "other owner"
        case .otherConnection: "other connection"
        case .incomplete: "incomplete"
        case .cutOff: "cut off"
        case .changed: "changed"
        case .askedAnew: "asked anew"
        case .tooMany: "too many"
        case .serverEnded: "server ended"
        case .silent(let block, let last): "silent \(block)/\(last)"
        case .notAcknowledged: "not acknowledged"
        case .guessed: "guessed"
        case .client(let code, let text): text.isEmpty ? "client \(code)" : "client \(code) \(text)"
        case .text(let text): text
        }
    }
}

extension Cause: CustomStringConvertible {
    /// For people.
    package var description: String {
        switch self {
        case .rsync(let status): "\(Self.meaning(of: status)) (rsync's status \(status))"
        case .noStatus: "rsyncd reported no status"
        case .died: "rsyncd died before it told the outcome"
        case .otherOwner: "its address has got another owner"
        case .otherConnection: "another connection took its place"
        case .incomplete: "sent, but not all of the connection's files were"
        case .cutOff: "the file was cut off while it was sent"
        case .changed: "the file changed while it was sent"
        case .askedAnew: "the client asked anew"
        case .tooMany: "too many transfers of this client"
        case .serverEnded: "the server ended"
        case .silent(let block, let last): "no answer at block \(block) of \(last)"
        case .notAcknowledged: "the last block was never acknowledged"
        case .guessed: "somebody guessed at its port"
        case .client(let code, let text): "the client ended it: error \(code)\(text.isEmpty ? "" : " (\(text))")"
        case .text(let text): text
        }
    }

    /// Of rsync's exit statuses, as `post-xfer exec` sees them on a server.
    private static func meaning(of status: Int) -> String {
        switch status {
        case -1: "the serving process died"
        case 1: "not allowed in this module"
        case 3: "a bad directory"
        case 4: "refused"
        case 10, 12: "the client went away"
        case 20: "interrupted"
        case rsyncPartial: "a file was not there, or not sent"
        case 30, 35: "timed out"
        default: "an error of rsync"
        }
    }

    /// Some files were sent and others not.
    package static let rsyncPartial = 23
}
