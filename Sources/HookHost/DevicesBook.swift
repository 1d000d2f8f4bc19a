import LinboModel
import Logging
import Synchronization

/// The hosts of all schools' devices.csv as of the last look. Whoever reads them waits for nobody: files are read
/// outside the lock.
final class DevicesBook: Sendable {
    private let source: DevicesSource
    private let logger: Logger
    private let loaded: Mutex<LoadedDevices>
    /// nil: nothing outlives this process.
    private let memory: DevicesMemory?

    init(_ source: DevicesSource, memory: DevicesMemory?, logger: Logger) {
        self.source = source
        self.logger = logger
        self.memory = memory
        var found = source.load(keeping: nil)
        if let memory, source.isLacking(found) {
            found = source.load(keeping: memory.lastGood(source.expectedFiles()))
        }
        loaded = Mutex(found)
        report(problems)
    }

    /// Keeps what is good for the next process. By the daemon alone.
    func remember() {
        do {
            try memory?.keep(loaded.withLock { $0 })
        } catch {
            logger.error("devices.csv can't be kept for when it is gone: \(error)")
        }
    }

    var devices: Devices { loaded.withLock { $0.devices } }
    var problems: [Problem] {
        let loaded = loaded.withLock { $0 }
        return loaded.problems + (memory?.losses(loaded) ?? [])
    }
    /// Such as `/etc/linuxmuster/sophomorix`.
    var directory: String { source.directory }

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
            case .warning, .leftOut: logger.warning("\(problem)")
            }
        }
    }
}
