import LinboModel
import Logging
import Synchronization

/// Folders that clients were given without some of their names, as these are not UTF-8: rsync reports success, and a client
/// that deletes what is not there has lost them. So it is told, once a folder.
package final class OddNames: Sendable {
    private let folders = Mutex<[TreePath: Int]>([:])
    private static let limit = 1000

    package init() {}

    func saw(_ count: Int, in folder: TreePath, _ logger: Logger) {
        guard count > 0 else { return }
        let isNews = folders.withLock { folders in
            guard folders[folder] != count, folders.count < Self.limit else { return false }
            folders[folder] = count
            return true
        }
        if isNews { logger.warning("\(Self.sentence(folder, count))") }
    }

    /// In sentences.
    package var problems: [String] {
        folders.withLock { $0 }.sorted { $0.key < $1.key }.map(Self.sentence)
    }

    private static func sentence(_ folder: TreePath, _ count: Int) -> String {
        "\(folder): \(count) names are not UTF-8, and no PC gets these files: rename them (convmv -f latin1 -t utf8)"
    }
}
