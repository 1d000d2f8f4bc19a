import Foundation
import HookConfig
import HookHost
import LinboModel
package import Logging
import Programs
import Synchronization
package import Uploads

/// `after-publish:` and `after-rollback:` programs of the admin's that must know of an image that is live anew:
/// seeders, senders, a tracker's list.
package struct FollowUpSettings: Sendable {
    struct Command: Sendable {
        let words: [String]
        let timeout: Duration

        /// The same program with the same words.
        var key: String { words.joined(separator: " ") }

        /// With the event put in.
        func filled(_ event: ImageChange, _ image: String) -> [String] {
            words.map { word in
                word.replacingOccurrences(of: "{image}", with: image)
                    .replacingOccurrences(of: "{event}", with: event.rawValue)
            }
        }
    }

    private let commands: [ImageChange: [Command]]

    init(_ root: HookConfig.Settings) throws(ConfigError) {
        commands = [
            .published: try Self.commands("after-publish", root),
            .rolledBack: try Self.commands("after-rollback", root),
        ]
    }

    var isEmpty: Bool { commands.values.allSatisfy(\.isEmpty) }

    func commands(after event: ImageChange) -> [Command] { commands[event] ?? [] }

    fileprivate var keys: Set<String> { Set(commands.values.joined().map(\.key)) }

    private static func commands(_ key: String, _ root: HookConfig.Settings) throws(ConfigError) -> [Command] {
        var commands: [Command] = []
        for item in try root.list(key) ?? [] { commands.append(try command(key, item)) }
        return commands
    }

    /// A list of words, or a map with `run` and `timeout`.
    private static func command(_ key: String, _ item: ConfigNode) throws(ConfigError) -> Command {
        guard case .map = item.value else { return Command(words: try words(key, item), timeout: .seconds(60)) }
        let settings = try HookConfig.Settings(item, name: key, at: item.location, known: ["run", "timeout"])
        guard let run = settings.node("run") else {
            throw ConfigError("no program", fix: "add `run: [/path/to/program, word]`", at: item.location)
        }
        let timeout = try settings.duration("timeout", in: .seconds(1)...Duration.seconds(3600)) ?? .seconds(60)
        return Command(words: try words(key, run), timeout: timeout)
    }

    private static func words(_ key: String, _ node: ConfigNode) throws(ConfigError) -> [String] {
        guard case .list(let items) = node.value, let first = items.first else {
            throw ConfigError(
                "\(key) has no list of words here",
                fix: "write [/path/to/program, word, \"{image}\"]; no shell reads it",
                at: node.location)
        }
        var words = [try first.asPath(key)]
        for item in items.dropFirst() {
            let word = try item.asText(key)
            try check(word, item)
            words.append(word)
        }
        return words
    }

    private static func check(_ word: String, _ node: ConfigNode) throws(ConfigError) {
        let rest = word.replacingOccurrences(of: "{image}", with: "").replacingOccurrences(of: "{event}", with: "")
        guard let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") else { return }
        throw ConfigError(
            "nothing is put in for '\(rest[start...end])'", fix: "write {image} or {event}", at: node.location)
    }
}

/// Runs the programs, one after the other, while the daemon serves.
package final class FollowUps: Sendable {
    private let queue: FollowUpQueue
    private let logger: Logger
    private let failures = Mutex<[String: String]>([:])

    private static let outputLimit = 64 << 10

    /// - Parameter queue: on disk, so that a change is told after a restart, too.
    package init(_ queue: FollowUpQueue, logger: Logger) {
        self.queue = queue
        self.logger = logger
    }

    /// Those whose last run failed, in sentences.
    /// - Parameter settings: what they are now; what failed of others before is forgotten.
    package func problems(_ settings: FollowUpSettings) -> [String] {
        let keys = settings.keys
        return failures.withLock { failures in
            failures = failures.filter { keys.contains($0.key) }
            return failures.values.sorted()
        }
    }

    /// Runs the programs for each change that waits now; one that fails is logged, and not tried again.
    package func runWaiting(_ settings: FollowUpSettings) async {
        for (name, entry) in queue.waiting() where !Task.isCancelled {
            for command in settings.commands(after: entry.event) {
                await run(command, entry)
                // The daemon ends: the next one begins with this entry again.
                if Task.isCancelled { return }
            }
            queue.done(name)
        }
    }

    private func run(_ command: FollowUpSettings.Command, _ entry: FollowUpQueue.Entry) async {
        let words = command.filled(entry.event, entry.image)
        let line = words.joined(separator: " ")
        let result: String?
        do throws(ProgramFailure) {
            // Nothing of the daemon's own.
            let outcome = try await Program.run(
                words, .only(["HOME": "/root", "LANG": "C.UTF-8"]), limit: command.timeout,
                outputLimit: Self.outputLimit)
            let output = printable(outcome.output, most: sentenceLimit)
            result = outcome.isSuccess ? nil : "\(outcome.status): \(output)"
            if result == nil { logger.info("after \(entry.event.rawValue) of \(entry.image): `\(line)`: \(output)") }
        } catch {
            result = "\(error)"
        }
        guard let result else { return failures.withLock { $0[command.key] = nil } }
        let sentence = "after \(entry.event.rawValue) of \(entry.image): `\(line)` failed: \(result)"
        logger.error("\(sentence)")
        failures.withLock { $0[command.key] = sentence }
    }
}
