import Glibc
import HookStore
import LinboHookd
import Logging

extension Daemon {
    /// PCs boot without the database, too: what needs it is held back, as in `once`, and all else is served.
    /// - Returns: nil and why.
    static func openDatabase(in directory: String, _ logger: Logger) -> (store: Store?, fault: String?) {
        do {
            // One that stays locked for longer is the admin's to put right; clients must not wait for it.
            return (try Store(directory: directory, migrations: Store.migrations(), patience: .seconds(2)), nil)
        } catch {
            logger.critical("\(error); until then boot commands and pool keys are held back, and nothing is recorded")
            return (nil, "the database can't be used, what needs it is held back: \(error)")
        }
    }

    /// Ends the daemon as soon as the database can be used again: all that is built on one is built at start, and
    /// systemd starts the next one within a second.
    static func endWithDatabase(in directory: String, _ logger: Logger) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(5))
            guard !Task.isCancelled, (try? Store(directory: directory, patience: .zero)) != nil else { continue }
            logger.critical("the database can be used again: the daemon ends, to be started anew with it")
            kill(getpid(), SIGTERM)
            return
        }
    }
}
