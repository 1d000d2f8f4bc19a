import HookHost
import LinuxKit

/// What was placed for rsync to go on from, told from what it made of it. As text it lies in a connection's ticket.
package enum UploadToken: Sendable, Hashable {
    case none
    /// What came of an upload that broke off.
    case partial(FileStamp)
    /// A file of its own with the live image's content.
    case twin(FileStamp)

    package var text: String {
        switch self {
        case .none: ""
        case .partial(let stamp): "partial \(stamp)"
        case .twin(let stamp): "twin \(stamp)"
        }
    }

    /// Parses its own text; whatever else is `none`.
    package init(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 1)
        guard words.count == 2, let stamp = FileStamp(words[1]) else {
            self = .none
            return
        }
        switch words[0] {
        case "partial": self = .partial(stamp)
        case "twin": self = .twin(stamp)
        default: self = .none
        }
    }

    package var stamp: FileStamp? {
        switch self {
        case .none: nil
        case .partial(let stamp), .twin(let stamp): stamp
        }
    }
}

/// Tells a file from one that took its place, and from itself after a change of content or times.
package struct FileStamp: Sendable, Hashable, CustomStringConvertible {
    let inode: UInt64
    let size: Int64
    let modified: Int64
    let nanoseconds: Int64

    init(_ status: FileStatus) {
        inode = status.inode
        size = status.size
        modified = status.modified
        nanoseconds = status.modifiedNanoseconds
    }

    init?(_ text: Substring) {
        let numbers = text.split(separator: ":").map { Int64($0) }
        guard numbers.count == 4, let inode = numbers[0], let size = numbers[1], let modified = numbers[2],
            let nanoseconds = numbers[3]
        else { return nil }
        self.inode = UInt64(bitPattern: inode)
        self.size = size
        self.modified = modified
        self.nanoseconds = nanoseconds
    }

    package var description: String { "\(Int64(bitPattern: inode)):\(size):\(modified):\(nanoseconds)" }
}
