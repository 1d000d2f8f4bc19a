import API
import Foundation
import GRDB
import HookHost
import HookStore
import Jobs
import LinboModel
import LinuxKit
import Logging
import Synchronization

/// Fetches files from PCs: at once, while the PC waits, or later by a job.
final class Collector: Sendable {
    private let settings: ClientLogsSettings
    private let context: PluginContext
    private let keeper: Keeper
    private let state = Mutex(State())

    private struct State {
        /// What is being fetched for PCs that wait, so that nobody's file is fetched twice at the same time.
        var running: [Errand: Task<String, Never>] = [:]
        /// PCs that did not answer, and until when nobody is made to wait for them again.
        var silent: [HostName: ContinuousClock.Instant] = [:]
    }

    private struct Errand: Hashable {
        let host: HostName
        let file: SentFile
    }

    private static let threads = ThreadPool("client logs", limit: 64)
    /// A PC that has just asked is near, and answers at once or not at all.
    private static let patience = Duration.seconds(1)

    init(settings: ClientLogsSettings, context: PluginContext, keeper: Keeper) {
        (self.settings, self.context, self.keeper) = (settings, context, keeper)
    }

    // MARK: At once

    /// - Returns: what came of it, in words.
    func collect(_ file: SentFile, of host: LinboModel.Host, at address: IPAddress) async -> String {
        let errand = Errand(host: host.name, file: file)
        let task = state.withLock { state in
            if let task = state.running[errand] { return task }
            let isSilent = state.silent[host.name].map { $0 > .now } ?? false
            let task = Task(executorPreference: Self.threads) { [self] in
                defer { self.state.withLock { $0.running[errand] = nil } }
                if isSilent { return later(file, of: host, at: address, "the PC's ssh was silent a moment ago") }
                return await fetch(file, of: host, at: address)
            }
            state.running[errand] = task
            return task
        }
        return await task.value
    }

    private func fetch(_ file: SentFile, of host: LinboModel.Host, at address: IPAddress) async -> String {
        let began = ContinuousClock.now
        let answer: Result<[UInt8], any Error>
        do {
            answer = try await read(file, of: host, at: address, within: settings.wait)
        } catch {
            // A refusal comes at once, and may be repeated.
            if began.duration(to: .now) > Self.patience / 2 {
                state.withLock { state in
                    state.silent = state.silent.filter { $0.value > .now }
                    state.silent[host.name] = .now + settings.silence
                }
            }
            return later(file, of: host, at: address, "\(error)")
        }
        switch answer {
        case .failure(let error): return "\(file.rawValue) was not fetched: \(error)"
        case .success(let bytes):
            do {
                return try keeper.keep(bytes, file, of: host.name)
            } catch {
                context.logger.warning("plugin client-logs: \(file.rawValue) of \(host.name) is not kept: \(error)")
                return "\(file.rawValue) is not kept: \(error)"
            }
        }
    }

    /// - Throws: if the PC can't be reached.
    private func read(
        _ file: SentFile, of host: LinboModel.Host, at address: IPAddress, within limit: Duration
    ) async throws -> Result<[UInt8], any Error> {
        let (pcs, most) = (context.pcs, settings.largest)
        return try await BoundedCall.run(within: limit, on: Self.threads) { _ in
            let answers = try await pcs.read(
                [file.place], of: host, at: address, most: most, answering: Self.patience, within: limit)
            return answers.first ?? .failure(NoAnswer())
        }
    }

    private struct NoAnswer: Error, CustomStringConvertible {
        let description = "the PC gave no answer"
    }

    // MARK: Later

    private static let kindName = "client-logs.fetch"
    /// A PC that has not come so far by then has started another system.
    private static let retryFor: Int64 = 600_000
    /// Seconds between attempts: a quarter of the time that has passed, within these.
    private static let firstPause: Int64 = 2
    private static let longestPause: Int64 = 60
    /// Times that a file is looked for on a PC that answers.
    private static let looks = 3
    /// For each step, as nobody waits.
    private static let jobLimit = Duration.seconds(30)

    /// A job's parameters.
    private struct Order: Codable {
        let host: String
        let address: String
        let file: SentFile
    }

    private func later(_ file: SentFile, of host: LinboModel.Host, at address: IPAddress, _ reason: String) -> String {
        let name = host.name.description
        let order = Order(host: name, address: address.description, file: file)
        do {
            var wish = try JobWish(
                Self.kindName, subject: "\(file.rawValue) of \(name)", order: order, lane: host.name.lowercased,
                key: "\(host.name.lowercased)/\(file.rawValue)")
            // Each request of a boot comes here: none makes the next attempt wait longer, or begin before its time.
            let now = UnixTime.nowMilliseconds()
            wish.notBefore = now + Self.firstPause * 1000
            // Not worth a wait for the disk: after a power cut the PC begins anew, too.
            let job = try context.database().database.write {
                try JobQueue.add($0, wish, by: Actor.server.description, now: now)
            }
            context.jobSignal.send()
            return "\(reason); job \(job.id) fetches \(file.rawValue) later, if the PC has it still"
        } catch {
            context.logger.warning(
                "plugin client-logs: \(file.rawValue) of \(name) is not fetched: \(reason); \(error)")
            return "\(reason); \(file.rawValue) is not fetched: \(error)"
        }
    }

    var kind: JobKind {
        JobKind(Self.kindName, atOnce: 10, limit: .seconds(180), retryFor: .milliseconds(Self.retryFor)) {
            [self] job, _ in
            let order = try job.order(Order.self)
            return JobResult(note: try await perform(order, job))
        }
    }

    private func perform(_ order: Order, _ job: Job) async throws -> String {
        context.hosts.refresh()
        guard let name = HostName(order.host), let address = IPAddress(order.address) else {
            return "\(quoted(order.host)) is no host"
        }
        let client = context.hosts.client(at: address)
        guard let host = client.host, host.name == name else { return "\(address) is no longer \(name)'s" }
        if let doubt = context.hosts.doubt(about: client) { return "not fetched: \(doubt)" }
        let answer: Result<[UInt8], any Error>
        do {
            answer = try await read(order.file, of: host, at: address, within: Self.jobLimit)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return try again(job, "\(error)")
        }
        switch answer {
        case .success(let bytes): return try keeper.keep(bytes, order.file, of: host.name)
        // It is gone already, or not there yet.
        case .failure(let error) where job.attempts >= Self.looks: return "not fetched: \(error)"
        case .failure(let error): return try again(job, "\(error)")
        }
    }

    /// Most PCs whose ssh does not come up start another system: that is no failure.
    private func again(_ job: Job, _ reason: String) throws(JobLater) -> String {
        let passed = UnixTime.nowMilliseconds() - job.created
        let pause = min(Self.longestPause, max(Self.firstPause, passed / 4000))
        guard passed + pause * 1000 < Self.retryFor else {
            return "not fetched: \(reason)"
        }
        throw JobLater(reason, tryAgainAfter: .seconds(pause))
    }
}
