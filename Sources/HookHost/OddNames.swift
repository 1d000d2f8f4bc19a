import LinboModel
import Logging
import Synchronization

/// Directories that clients were given without some of their names, as these are not UTF-8 and can't be served as they
/// are: rsync reports success, and a client that deletes what is not there has lost them. So it is told, once a
/// directory.
package final class OddNames: Sendable {
    private let directories = Mutex<[String: Int]>([:])
    private static let limit = 1000

    /// Nothing was left out yet.
    package init() {}

    func leftOut(_ count: Int, in directory: String, _ logger: Logger) {
        guard count > 0 else { return }
        let isNews = directories.withLock { directories in
            let known = directories[directory]
            guard known != count, known != nil || directories.count < Self.limit else { return false }
            directories[directory] = count
            return true
        }
        if isNews { logger.warning("\(Self.sentence(directory, count))") }
    }

    /// In sentences.
    package var problems: [String] {
        directories.withLock { $0 }.sorted { $0.key < $1.key }.map(Self.sentence)
    }

    private static func sentence(_ directory: String, _ count: Int) -> String {
        "\(printable(directory)): \(count) links, or files of a plugin, have names that are not UTF-8, and no PC gets them: "
            + "rename them (convmv -f latin1 -t utf8)"
    }
}
