import LinboModel
import Logging
import Synchronization

/// The hosts of all schools' devices.csv as of the last look. Whoever reads them waits for nobody: files are read outside
/// the lock.
final class DevicesBook: Sendable {
    private let source: DevicesSource
    private let logger: Logger
    private let loaded: Mutex<LoadedDevices>

    init(_ source: DevicesSource, logger: Logger) {
        self.source = source
        self.logger = logger
        loaded = Mutex(source.load(keeping: nil))
        report(problems)
    }

    var devices: Devices { loaded.withLock { $0.devices } }
    var problems: [Problem] { loaded.withLock { $0.problems } }
    /// Such as `/etc/linuxmuster/sophomorix`.
    var folder: String { source.folder }

    /// Loads what has changed since the last look. By one thread alone.
    func refresh() {
        let before = loaded.withLock { $0 }
        guard before.stamp != source.stamp() else { return }
        let new = source.load(keeping: before)
        loaded.withLock { $0 = new }
        // A file that can't be read is tried at every look: that is no news.
        guard new.problems != before.problems || new.devices.hosts != before.devices.hosts else { return }
        logger.info("devices.csv changed: \(new.devices.hosts.count) hosts")
        let known = Set(before.problems)
        report(new.problems.filter { !known.contains($0) })
    }

    private func report(_ problems: [Problem]) {
        for problem in problems {
            switch problem.severity {
            case .error: logger.error("\(problem)")
            case .warning: logger.warning("\(problem)")
            }
        }
    }
}
