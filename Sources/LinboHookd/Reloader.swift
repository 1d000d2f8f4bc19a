import HookConfig
import HookHost
import LinboModel
package import Logging
import Synchronization

/// What the daemon works with right now. A new configuration takes its place as a whole or not at all; transfers that
/// run end by the one they began with.
package final class Reloader: Sendable {
    private struct State {
        var assembly: Assembly
        var text: String
        /// Why the file does not count; nil: it does.
        var fault: String?
    }

    private let state: Mutex<State>
    /// One reload at a time.
    private let turn = Mutex(())
    private let file: String
    private let logger: Logger
    private let signal: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// What is bound, opened or locked at start.
    private static let atStartOnly = [
        "linbo.root", "linbo.views", "state", "socket", "api", "tftp", "metrics", "audit",
    ]

    /// - Parameter inUse: what `assembly` was made from.
    package init(_ assembly: Assembly, _ inUse: ConfigInUse, logger: Logger) {
        state = Mutex(State(assembly: assembly, text: inUse.text, fault: inUse.fault))
        file = inUse.config.file
        self.logger = logger
        (signal, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// To be read once for a piece of work: the next call may give another.
    package var assembly: Assembly { state.withLock { $0.assembly } }

    /// Why the last configuration that worked is in use; nil: the file's is, as it was when it was read.
    package var fault: String? { state.withLock { $0.fault } }

    /// That the file has changed since.
    package var difference: String? {
        let (text, fault) = state.withLock { ($0.text, $0.fault) }
        return fault == nil ? ConfigInUse.difference(file, from: text) : nil
    }

    /// Keeps what works for when the file does not.
    package func keep() {
        let (assembly, text, fault) = state.withLock { ($0.assembly, $0.text, $0.fault) }
        guard fault == nil else { return }
        do {
            try LastGood(file: file, text: text).keep(in: [assembly.config.state, assembly.config.linbo.views])
        } catch {
            logger.error("the configuration can't be kept for when it is broken: \(error)")
        }
    }

    /// Reads the file anew.
    /// - Returns: what was done, in words.
    /// - Throws: `ConfigError`: all is as before.
    package func reload() throws -> String {
        try turn.withLock { _ in
            do {
                return try exchange()
            } catch {
                logger.error("the configuration stays as it is: \(error)")
                throw error
            }
        }
    }

    private func exchange() throws -> String {
        let old = assembly
        let text = try ConfigFile.text(of: file)
        let config = try Config(yaml: text, file: file)
        let fixed = Self.atStartOnly.filter { config.differs(from: old.config, in: $0) }
        guard fixed.isEmpty else {
            throw ConfigError(
                fixed.map {
                    Preflight.problem(
                        config, $0, "\($0) is read at the start alone", fix: "systemctl restart linbo-hookd")
                })
        }
        let obstacles = Preflight.problems(config)
        guard obstacles.isEmpty else { throw ConfigError(obstacles) }
        let new = try Assembly(config, store: old.store, carrying: old, logger: logger)
        state.withLock { $0 = State(assembly: new, text: text, fault: nil) }
        new.serving.exchange(new.parts)
        wake.yield()
        keep()
        let names = new.runtime.plugins.map { type(of: $0).name.description }.joined(separator: ", ")
        let done = "\(file) is read anew: \(new.hosts.devices.hosts.count) hosts, plugins \(names)"
        logger.notice("\(done)")
        return done
    }

    /// Runs what plugins do by themselves, and begins anew with each configuration, after the last one's has ended.
    package func runPlugins() async {
        var changes = signal.makeAsyncIterator()
        while !Task.isCancelled {
            let plugins = assembly.runtime.plugins
            await withTaskGroup(of: Void.self) { group in
                for case let plugin as any BackgroundWorker in plugins { group.addTask { await plugin.run() } }
                _ = await changes.next()
                group.cancelAll()
            }
        }
    }
}
