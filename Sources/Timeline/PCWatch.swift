package import HookHost
package import HookStore
package import LinboModel
import LinuxKit
package import Logging
import Synchronization

/// Knows what every PC does, from what the audit log says and from what is on the way right now; tells changes as events.
///
/// It reads the log instead of listening to the daemon, so that what `once` served counts, and a restart forgets nothing.
package final class PCWatch: Sendable {
    /// What is known of one PC.
    package struct View: Sendable {
        /// What it does.
        package let state: PCState
        /// Of the last day, oldest first.
        package let boots: [Boot]
        /// What is on the way to it right now.
        package let running: [RunningTransfer]
        /// What its last boot lacks, with the likely cause; nil: nothing, or it was not seen.
        package let fault: String?
    }

    /// What it looks at.
    package struct Sources: Sendable {
        let audit: AuditLog?
        let hosts: @Sendable () -> HostDirectory
        let groups: @Sendable () -> [String]
        let running: @Sendable () async -> [RunningTransfer]

        /// - Parameters:
        ///   - audit: nil: there is no database, and only what runs is known.
        ///   - groups: those that have a start.conf.
        ///   - running: what is on the way right now; may block.
        package init(
            audit: AuditLog?, hosts: @escaping @Sendable () -> HostDirectory,
            groups: @escaping @Sendable () -> [String], running: @escaping @Sendable () async -> [RunningTransfer]
        ) {
            (self.audit, self.hosts, self.groups, self.running) = (audit, hosts, groups, running)
        }
    }

    fileprivate struct Book {
        var histories: [String: BootHistory] = [:]
        var running: [RunningTransfer] = []
        /// What was on the way a second ago or more, to reckon rates from, and when; milliseconds since 1970.
        var reference: (running: [RunningTransfer], at: Int64) = ([], 0)
        /// The last row of the audit log that counts here already.
        var row: Int64 = 0
    }

    fileprivate static let day: Int64 = 86_400_000
    /// So many rows at once; clients' rows wait for no reader.
    private static let slice = 20_000

    private let sources: Sources
    private let news: PCNews
    private let logger: Logger
    private let book = Mutex(Book())
    /// Whoever asks looks, too: one after the other, as this has one thread and what runs there does not suspend.
    private let turns = BlockingExecutor(label: "PC states")
    private let now: @Sendable () -> Int64

    /// - Parameter now: milliseconds since 1970.
    package init(
        _ sources: Sources, events: EventBus, kept: EventLog?, logger: Logger,
        now: @escaping @Sendable () -> Int64 = { UnixTime.nowMilliseconds() }
    ) {
        self.sources = sources
        news = PCNews(events, kept: kept)
        self.logger = logger
        self.now = now
    }

    /// Looks every two seconds, until the task is cancelled.
    package func run() async {
        var isFailing = false
        while !Task.isCancelled {
            do {
                try await look()
                isFailing = false
            } catch {
                if !isFailing { logger.error("PC states: \(error); they are as of before until it can be read") }
                isFailing = true
            }
            try? await Task.sleep(for: .seconds(2))
        }
    }

    /// Takes in what is new, and tells what has changed.
    /// - Throws: what the database says if it can't be read; what was known before is known then.
    package func look() async throws {
        let running = await sources.running()
        try await withTaskExecutorPreference(turns) { try takeIn(running) }
    }

    private func takeIn(_ running: [RunningTransfer]) throws {
        let now = now()
        try takeRows(now)
        book.withLock { $0.take(running, now: now) }
        let hosts = sources.hosts().devices.hosts
        for (host, view) in zip(hosts, views(of: hosts, now: now)) where view.isSeen {
            news.tell(view.state, view.boots.last, of: host)
        }
    }

    /// As of the last look, in the order of the hosts.
    package func views(of hosts: [Host]) -> [View] { views(of: hosts, now: now()) }

    private func views(of hosts: [Host], now: Int64) -> [View] {
        let (histories, running) = book.withLock { ($0.histories, $0.running) }
        let byHost = Dictionary(grouping: running) { $0.host ?? "" }
        // It takes a reading of the tree's directory, which most looks need not.
        lazy var groups = sources.groups()
        return hosts.map { host in
            let boots = histories[host.name.lowercased]?.boots ?? []
            let running = byHost[host.name.description] ?? []
            let fault = boots.last?.fault == nil ? nil : boots.last?.explainedFault(of: host, groups: groups)
            let stuck = Hang.cause(boots.last, fault: fault, running, now: now)
            return View(
                state: PCState(boots.last, running, stuck: stuck, now: now), boots: boots, running: running,
                fault: fault)
        }
    }

    /// What is on the way to an address, or to a host, as of the last look.
    package func running(to address: String?, of host: String?) -> [RunningTransfer] {
        book.withLock(\.running).filter { $0.address == address || ($0.host != nil && $0.host == host) }
    }

    private func takeRows(_ now: Int64) throws {
        guard let audit = sources.audit else { return }
        while true {
            let row = book.withLock(\.row)
            let (entries, last) = try audit.fetched(after: row, since: now - Self.day, limit: Self.slice)
            book.withLock { book in
                for entry in entries {
                    guard let host = entry.host?.lowercased() else { continue }
                    book.histories[host, default: BootHistory()].add(entry)
                }
                book.row = last
            }
            if last == row || entries.count < Self.slice { return }
        }
    }
}

extension PCWatch.View {
    fileprivate var isSeen: Bool { !boots.isEmpty || !running.isEmpty }
}

extension PCWatch.Book {
    fileprivate mutating func take(_ running: [RunningTransfer], now: Int64) {
        let elapsed = now - reference.at
        self.running = running.map { $0.compared(with: reference.running, elapsed: elapsed, now: now) }
        if elapsed >= 1000 { reference = (self.running, now) }
        for host in histories.keys { histories[host]?.forget(before: now - PCWatch.day) }
    }
}

extension RunningTransfer {
    /// With its rate, from an earlier look at the same transfer.
    /// - Parameter elapsed: milliseconds between the two.
    fileprivate func compared(with before: [RunningTransfer], elapsed: Int64, now: Int64) -> RunningTransfer {
        var result = self
        guard let old = before.first(where: isSame), let sent, let oldSent = old.sent else { return self }
        result.moved = sent > oldSent ? now : old.moved
        result.rate = old.rate
        guard elapsed >= 1000 else { return result }
        let current = max(0, sent - oldSent) * 1000 / elapsed
        // Half of it is what it was: one second without a packet does not move the end by an hour.
        result.rate = old.rate.map { ($0 + current) / 2 } ?? current
        return result
    }
}
