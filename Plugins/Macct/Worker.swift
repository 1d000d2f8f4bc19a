import Glibc
import HookConfig
import HookHost
import HookStore
import LinboModel
import LinuxKit
import Logging

/// Does what waits in the queue. One batch at a time: `ldbmodify` locks the whole AD from its start to its end, so
/// several at once only wait for each other, and one with many records takes hardly longer than one with one.
package struct Worker: Sendable {
    typealias Entry = MachineAccountEntry
    typealias Settled = (entry: Entry, outcome: MachineAccountQueue.Outcome, note: String?)

    let macct: Macct
    private let applier: Applier
    private let name: String

    /// `once` and `linboctl` add to the queue without telling; a look costs a query by an index.
    private static let interval = Duration.seconds(1)
    private static let longestPause: Int64 = 60_000

    /// Takes entries in the name of this process, so that others can see whether it still lives.
    package init(_ macct: Macct) {
        self.macct = macct
        applier = Applier(macct)
        name = (ConnectionID(process: getpid()) ?? ConnectionID(process: 1, started: 0)).description
    }

    func run() async {
        guard let queue = macct.queue else { return }
        while !Task.isCancelled {
            do {
                if try queue.needsWorker(now: UnixTime.nowMilliseconds()) { try await drain(queue) }
            } catch {
                complain(error)
            }
            await macct.signal.wait(atMost: Self.interval)
        }
    }

    /// What stands there as begun by this process is not: its outcome could not be written.
    private func drain(_ queue: MachineAccountQueue) async throws {
        try queue.recover(
            isAlive: { $0 != name && ConnectionID($0)?.isAlive ?? false }, now: UnixTime.nowMilliseconds())
        while !Task.isCancelled, try await workOnce(queue) {}
    }

    /// Takes what is due and does it.
    /// - Returns: whether there was anything.
    package func workOnce(_ queue: MachineAccountQueue) async throws -> Bool {
        let marks = macct.context.marks
        // After a death each alone, so that only the one that caused it dies twice.
        let limit = marks.suspects(.account) ? 1 : macct.settings.batch
        let taken = try queue.take(limit: limit, worker: name, now: UnixTime.nowMilliseconds())
        guard !taken.isEmpty else { return false }
        let (entries, left) = begin(taken, marks)
        defer { for entry in entries { marks.end(entry.mark) } }
        var results = left + (await applier.apply(entries.filter { $0.work == .apply }))
        for entry in entries where entry.work == .capture { results.append(await capture(entry)) }
        let settled = results.map { settle($0.entry, $0.result) }
        try queue.settle(settled, worker: name, now: UnixTime.nowMilliseconds())
        for result in settled { tell(result) }
        return true
    }

    /// What the daemon died at is left alone.
    private func begin(
        _ taken: [Entry], _ marks: WorkMarks
    ) -> (entries: [Entry], left: [(entry: Entry, result: Applier.Result)]) {
        var entries: [Entry] = []
        var left: [(entry: Entry, result: Applier.Result)] = []
        for entry in taken {
            do throws(WorkMarks.SetAside) {
                try marks.begin(entry.mark)
                entries.append(entry)
            } catch {
                left.append((entry, .over(.failed, "\(error)")))
                _ = marks.forget(error.mark.title)
            }
        }
        return (entries, left)
    }

    // MARK: Captures

    private func capture(_ entry: Entry) async -> (entry: Entry, result: Applier.Result) {
        guard let image = ImageName(entry.image), let host = HostName(entry.host) else {
            return (entry, .over(.refused, "no name of an image and a host"))
        }
        let path = "\(macct.context.tree.root)/\(image.directory)/\(image)"
        guard let status = FileStatus(at: path) else { return (entry, .again("\(image) is not there")) }
        // The upload may still be going live; or another one has, with an account of its own.
        guard entry.version == nil || entry.version == Captures.version(of: status) else {
            return (entry, .again("another version of \(image) is live"))
        }
        do {
            switch try await Captures(macct).capture(image, from: host) {
            case .captured(let account): return (entry, .over(.captured, "the account of \(account)"))
            case .none(let reason): return (entry, .over(.failed, "no account: \(reason)"))
            }
        } catch {
            return (entry, .again("\(error)"))
        }
    }

    // MARK: Outcomes

    /// What went wrong is tried again after 1, 2, 4 … 60 seconds, for as long as the configuration says.
    private func settle(_ entry: Entry, _ result: Applier.Result) -> Settled {
        switch result {
        case .over(let state, let note): return (entry, .over(state), note)
        case .again(let reason):
            let now = UnixTime.nowMilliseconds()
            let pause = min(Self.longestPause, 1000 << Int64(min(entry.attempts - 1, 6)))
            let end = entry.created + macct.settings.retryFor.milliseconds
            guard now + pause <= end else { return (entry, .over(.failed), "given up: \(reason)") }
            return (entry, .later(now + pause), reason)
        }
    }

    /// To the audit log and the daemon's. Of attempts that are repeated, the first.
    private func tell(_ settled: Settled) {
        let (entry, outcome, note) = settled
        let what = "plugin macct: \(entry.work.rawValue) \(entry.image) for \(entry.host)"
        switch outcome {
        case .over(let state):
            Ledger(macct.context).add(entry, outcome: state.rawValue, note: note)
            let isGood = state != .failed && state != .refused
            macct.context.logger.log(level: isGood ? .info : .error, "\(what): \(state.rawValue): \(note ?? "-")")
        case .later:
            guard entry.attempts <= 1 else { return }
            Ledger(macct.context).add(entry, outcome: "waits", note: note)
            macct.context.logger.warning("\(what): tried again: \(note ?? "-")")
        }
    }

    private func complain(_ error: any Error) {
        macct.context.logger.error("plugin macct: \(error)")
    }
}

extension MachineAccountEntry {
    fileprivate var mark: WorkMarks.Work { .init(.account, "\(id)/\(image)/\(host)") }
}
