package import API
import GRDB
import HookConfig
import HookHost
import HookStore
import LinboModel
import LinuxKit

// What can be asked of boot commands, and told to them.

/// Asked by `linboctl onboot list`; what waits in dropped files is in the answer, too.
package struct GetBootCommands: APIOperation {
    package typealias Answer = [OnbootEntry]
    package static let route = Route.get("/v1/onboot")
    package static let summary = "Commands that wait for their PC's next boot, are on their way, or are uncertain."

    /// Hosts, `room:NAME`, `group:NAME`; all by default.
    package var targets: [String]?
    /// What is over, too.
    package var all: Bool?
}

/// Asked by `linboctl onboot add`. All hosts get it, or none.
package struct AddBootCommand: APIOperation {
    /// What was queued, and for whom nothing was.
    package struct Answer: Codable, Sendable {
        /// One for each host, in the order of the targets.
        package let added: [OnbootEntry]
        /// Hosts of rooms and groups that take no commands, with their PXE flag.
        package let skipped: [String]
        /// What LINBO makes of it that may not be meant; nil: nothing.
        package let remark: String?
    }

    /// What becomes of commands that wait already.
    package enum Waiting: String, Codable, Sendable, CaseIterable {
        case refuse
        /// They are taken out.
        case replace
        /// They run first, a boot for each.
        case append
    }
    package static let route = Route.post("/v1/onboot")
    package static let summary = "Queues a command that PCs run once, at their next boot."

    /// Hosts, `room:NAME`, `group:NAME`.
    package var targets: [String]
    /// Such as `sync:1,start:1`.
    package var command: String
    /// Such as `12h`, or `never`; by default the configuration's.
    package var expires: String?
    /// By default what waits is not touched, and nothing is queued.
    package var waiting: Waiting?
}

/// Asked by `linboctl onboot remove`.
package struct RemoveBootCommands: APIOperation {
    package typealias Answer = [OnbootEntry]
    package static let route = Route.post("/v1/onboot/remove")
    package static let summary = "Takes commands that wait out of the queue; all that are named, or none."

    /// `OnbootEntry.id` of commands that wait.
    package var numbers: [Int64]?
    /// All that waits for them.
    package var targets: [String]?
}

/// Asked by `linboctl onboot requeue`. The old entry stays; the new one has a number of its own.
package struct RequeueBootCommand: APIOperation {
    package typealias Answer = OnbootEntry
    package static let route = Route.post("/v1/onboot/{number}/requeue")
    package static let summary = "Queues an uncertain, delivered or expired command again."

    /// `OnbootEntry.id` of such a one; what somebody took out is added anew.
    package var number: Int64
}

extension OnbootCmd: Administered {
    /// A question first expires what is late.
    package static let operations: [OperationOf<OnbootCmd>] = [
        OperationOf(GetBootCommands.self) { plugin, question, _ in try plugin.list(question) },
        OperationOf(AddBootCommand.self) { plugin, question, actor in try plugin.add(question, by: actor) },
        OperationOf(RemoveBootCommands.self) { plugin, question, actor in try plugin.remove(question, by: actor) },
        OperationOf(RequeueBootCommand.self) { plugin, question, actor in
            try plugin.requeue(question.number, by: actor)
        },
    ]

    /// - Throws: `Fault` if there is no database.
    private func queue() throws -> (Store, OnbootJournal) {
        context.hosts.refresh()
        let store = try context.database()
        let journal = OnbootJournal(database: store.database)
        // While the database is locked it can still be looked at; retention does the same later.
        try? journal.expire(now: UnixTime.now())
        return (store, journal)
    }

    private func list(_ question: GetBootCommands) throws -> [OnbootEntry] {
        let (_, journal) = try queue()
        let names = try question.targets.map { Set(try Targets($0).all(in: context.hosts).map(\.name.description)) }
        let dropped = DroppedCommands.waiting(in: context.tree, for: context.hosts.devices, journal)
        return (try journal.list(all: question.all ?? false).reversed() + dropped).filter {
            names?.contains($0.host) ?? true
        }
    }

    // MARK: Adding

    private func add(_ question: AddBootCommand, by actor: Actor) throws -> AddBootCommand.Answer {
        let (store, _) = try queue()
        let targets = try Targets(question.targets).takingCommands(in: context.hosts)
        let list = try CheckedCommands.parsed(question.command, for: targets.hosts, in: context.tree)
        let expires = try time(question.expires)
        let waiting = question.waiting ?? .refuse
        let now = UnixTime.now()
        let names = targets.hosts.map(\.name.description)
        let rows = names.map {
            AuditEntry(
                "onboot add", by: actor, host: $0, subject: "\(Self.directory)/\($0).cmd", detail: list.text)
        }
        let added = try store.record(rows) { database in
            // Here, as another one may add at this moment.
            if waiting == .refuse { try refuseBehindOthers(names, database) }
            return try names.map { name in
                if waiting == .replace { try OnbootJournal.removeAll(database, host: name, now: now) }
                return try OnbootJournal.add(database, host: name, command: list.text, expires: expires, now: now)
            }
        }
        return .init(
            added: added, skipped: targets.skippedNames, remark: Self.remark(list))
    }

    /// LINBO does the commands of a boot one after the other, whatever became of those before.
    private static func remark(_ list: LinboCommandList) -> String? {
        let actions = list.commands.filter { $0 != .noauto && $0 != .disablegui }
        guard let last = actions.last, last.leaves, let before = actions.dropLast().last else { return nil }
        return "LINBO does \(last), too, if \(before) fails: `linboctl remote … --wait 10m` stops there"
    }

    private func time(_ text: String?) throws(Fault) -> Int64? {
        guard text != "never" else { return nil }
        guard let text else { return expires.map { UnixTime.now() + $0.milliseconds / 1000 } }
        guard let span = Duration(parsing: text) else {
            throw Fault(
                .invalid, "\(quoted(text)) is no span of time", at: "expires", fix: "write 30m, 12h, 7d or never")
        }
        return UnixTime.now() + span.milliseconds / 1000
    }

    /// A second command is run by a second boot: rarely what is meant.
    private func refuseBehindOthers(_ hosts: [String], _ database: Database) throws {
        let waiting = try hosts.flatMap { try OnbootJournal.list(database, host: $0) }.filter { $0.state == .queued }
        guard !waiting.isEmpty else { return }
        let lines = waiting.map { "\($0.host): \($0.command) (number \($0.id))" }
        let shown = shortened(lines, to: 5, see: "linboctl onboot list").map { "  \($0)" }
        throw Fault(
            .conflict,
            (["something waits already; say --replace to take it out, or --append to run it first:"] + shown)
                .joined(separator: "\n"))
    }

    // MARK: Removing, queueing again

    private func remove(_ question: RemoveBootCommands, by actor: Actor) throws -> [OnbootEntry] {
        let (store, _) = try queue()
        var seen: Set<Int64> = []
        let numbers = (question.numbers ?? []).filter { seen.insert($0).inserted }
        let hosts = try Targets(question.targets ?? []).all(in: context.hosts).map(\.name.description)
        let now = UnixTime.now()
        var removed: [OnbootEntry] = []
        return try store.record(
            removed.map {
                AuditEntry(
                    "onboot remove", by: actor, host: $0.host, subject: "\(Self.directory)/\($0.host).cmd",
                    detail: "\($0.command) (number \($0.id))")
            }
        ) { database in
            // One that does not wait leaves all as it was.
            removed = try numbers.map { try Self.remove(database, $0, now: now) }
            for host in hosts { removed += try OnbootJournal.removeAll(database, host: host, now: now) }
            guard !removed.isEmpty else {
                let asked = numbers.map { "\($0)" } + (question.targets ?? [])
                throw Fault(.conflict, "nothing waits for \(asked.joined(separator: " "))")
            }
            return removed
        }
    }

    /// - Throws: `Fault` if it does not wait, at the very moment that it would be removed.
    private static func remove(_ database: Database, _ number: Int64, now: Int64) throws -> OnbootEntry {
        if let entry = try OnbootJournal.remove(database, number, now: now) { return entry }
        let entry = try OnbootJournal.find(database, number)
        throw Fault(
            .conflict,
            "number \(number) does not wait: \(entry.map { "it is \($0.state.rawValue)" } ?? "there is none")")
    }

    private func requeue(_ number: Int64, by actor: Actor) throws -> OnbootEntry {
        let (store, journal) = try queue()
        guard let entry = try journal.entry(number) else { throw Fault(.missing, "there is no number \(number)") }
        guard [.uncertain, .delivered, .expired].contains(entry.state) else {
            throw Fault(.conflict, "number \(number) is \(entry.state.rawValue): nothing to queue again")
        }
        let expires = try time(nil)
        let row = AuditEntry(
            "onboot requeue", by: actor, host: entry.host, subject: "\(Self.directory)/\(entry.host).cmd",
            detail: "\(entry.command), after number \(number)")
        return try store.record([row]) { database in
            try OnbootJournal.add(
                database, host: entry.host, command: entry.command, expires: expires, now: UnixTime.now(),
                note: "again, after number \(number)")
        }
    }
}
