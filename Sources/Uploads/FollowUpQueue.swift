import Foundation
import HookHost
package import LinboModel
import LinuxKit

/// What happened to a live image: the word that `{event}` of `after-publish` stands for.
package enum ImageChange: String, Sendable, Codable {
    /// A set went live by an upload.
    case published
    /// An earlier set went live again.
    case rolledBack = "rolled-back"
}

/// What is still to be told, a small file each: it outlives a restart, and whoever changes an image without the daemon
/// leaves it here.
package struct FollowUpQueue: Sendable {
    package struct Entry: Sendable, Codable, Equatable {
        package let event: ImageChange
        package let image: String
        /// Milliseconds since 1970.
        package let at: Int64
    }

    private let directory: String

    package init(state: String) {
        directory = "\(state)/follow-ups"
    }

    /// - Throws: `SystemError`.
    package func add(_ event: ImageChange, _ image: ImageName) throws {
        let entry = Entry(event: event, image: image.text, at: UnixTime.nowMilliseconds())
        try FileTree.makeDirectory(directory, mode: 0o700)
        let name = "\(entry.at)-\(event.rawValue)-\(image).json"
        try AtomicFile.replace("\(directory)/\(name)", with: Array(try JSONEncoder().encode(entry)), mode: 0o600)
    }

    /// The oldest first.
    package func waiting() -> [(name: String, entry: Entry)] {
        FileTree.names(in: directory).filter { $0.hasSuffix(".json") }.compactMap { name in
            guard let (bytes, _) = try? FileBytes.read("\(directory)/\(name)", limit: 1 << 16),
                let entry = try? JSONDecoder().decode(Entry.self, from: Data(bytes)), ImageName(entry.image) != nil
            else { return nil }
            return (name, entry)
        }.sorted { ($0.entry.at, $0.name) < ($1.entry.at, $1.name) }
    }

    package func done(_ name: String) { unlink("\(directory)/\(name)") }
}
