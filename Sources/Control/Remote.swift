import API
import Foundation
import GRDB
import HookConfig
import HookHost
import HookStore
import Jobs
import LinboHookd
import LinboModel
import LinuxKit
import Remote
import Timeline

extension Control {
    static let remoteOperations: [OperationOf<Control>] = [
        OperationOf(RunRemote.self) { control, question, actor in try control.run(question, by: actor) },
        OperationOf(PreviewRemote.self) { control, question, _ in try await control.preview(question) },
        OperationOf(GetRemote.self) { control, question, _ in try control.order(question.number) },
        OperationOf(RetryRemote.self) { control, question, actor in
            try control.change(
                question.number, "remote retry", by: actor, none: "nothing of it failed",
                where: { $0.isOver && $0 != .done }
            ) {
                try JobQueue.retry($0, $1, now: UnixTime.nowMilliseconds())
            }
        },
        OperationOf(CancelRemote.self) { control, question, actor in
            try control.change(
                question.number, "remote cancel", by: actor, none: "it is over already", where: { !$0.isOver }
            ) {
                try JobQueue.cancel($0, $1, now: UnixTime.nowMilliseconds())
            }
        },
        OperationOf(GetHostKeys.self) { control, _, _ in try HostKeys(control.store()).all() },
        OperationOf(TrustHostKey.self) { control, question, actor in try control.trust(question, by: actor) },
    ]

    static let remoteKind = "remote.pc"

    /// Nobody wants a room formatted on Monday by what was said on Friday.
    private static let stale = Duration.seconds(12 * 3600)

    /// A job's parameters.
    struct RemoteOrder: Codable {
        let host: String
        let command: String
        /// Milliseconds.
        let wait: Int64
        /// Whether a PC that runs a system is no failure.
        var skipsInUse: Bool?
    }

    // MARK: Giving orders

    private func commands(
        _ targets: [String], _ command: String
    ) throws(Fault) -> (chosen: Targets.Chosen, list: LinboCommandList) {
        assembly.context.hosts.refresh()
        let chosen = try Targets(targets).takingCommands(in: assembly.context.hosts)
        let list = try CheckedCommands.parsed(command, for: chosen.hosts, in: assembly.context.tree)
        if let flag = list.commands.first(where: { $0 == .noauto || $0 == .disablegui }) {
            throw Fault(.invalid, "\(flag) is for the next boot", at: "command", fix: "leave it out, or say --onboot")
        }
        return (chosen, list)
    }

    private func run(_ question: RunRemote, by actor: Actor) throws -> RunRemote.Answer {
        let (plan, skipped) = try planRemote(question, by: actor)
        let jobs = try want(plan)
        return RunRemote.Answer(number: jobs.first?.id ?? 0, jobs: jobs, skipped: skipped)
    }

    /// What is asked for, checked as far as it can be now, and for whom it is not.
    func planRemote(_ question: RunRemote, by actor: Actor) throws -> (plan: JobPlan, skipped: [String]) {
        let (chosen, list) = try commands(question.targets, question.command)
        let losses = list.commands.compactMap(\.loss)
        guard losses.isEmpty || question.isConfirmed == true else {
            throw Fault(
                .conflict, "this destroys \(losses.joined(separator: "; ")): on \(chosen.hosts.count) PCs",
                fix: "say --yes if that is meant")
        }
        if list.needsPassword { _ = try password() }
        let wait = try question.wait.map { text throws(Fault) in try Self.wait(text) } ?? .zero
        let names = chosen.hosts.map(\.name.description)
        let now = UnixTime.nowMilliseconds()
        let wishes = try names.map {
            try Self.wish(
                RemoteOrder(
                    host: $0, command: list.text, wait: wait.milliseconds, skipsInUse: question.skipsInUse),
                now: now)
        }
        let rows = names.map { AuditEntry("remote", by: actor, host: $0, subject: "LINBO", detail: list.text) }
        var plan = JobPlan(
            subject: "\(question.targets.joined(separator: " ")) \(list.text)", wishes: wishes, actor: actor, rows: rows
        )
        // In the transaction, as another one may be given at this moment.
        if question.whenBusy != .append { plan.check = { try Self.refuseBusy(names, $0) } }
        return (plan, chosen.skippedNames)
    }

    private static func refuseBusy(_ hosts: [String], _ database: Database) throws {
        let busy = try busy(JobQueue.open(database, kind: remoteKind, lanes: hosts))
        guard busy.isEmpty else {
            throw Fault(
                .conflict,
                "nothing was done, as these have an order already; --append has this one done after it:\n"
                    + shortened(busy, to: 5, see: "linboctl jobs").map { "  \($0)" }.joined(separator: "\n"))
        }
    }

    static func wish(_ order: RemoteOrder, now: Int64) throws -> JobWish {
        var wish = try JobWish(
            remoteKind, subject: "\(order.host): \(order.command)", order: order, lane: order.host,
            // Who says the same twice wants it twice.
            key: "\(order.host) \(now) \(UInt32.random(in: 0...UInt32.max))")
        wish.deadline = now + stale.milliseconds
        return wish
    }

    private static func busy(_ jobs: [Job]) -> [String] {
        jobs.map { "\($0.subject) (job \($0.id), \($0.state.rawValue), by \($0.actor))" }
    }

    func password() throws(Fault) -> String {
        do throws(UploadPassword.Failure) {
            return try UploadPassword(secrets: assembly.config.rsync.secrets).text
        } catch {
            throw Fault(.conflict, "\(error)")
        }
    }

    // MARK: Preview

    private func preview(_ question: PreviewRemote) async throws -> PreviewRemote.Answer {
        let (chosen, list) = try commands(question.targets, question.command)
        try await pcs.look()
        let phases = zip(chosen.hosts, pcs.views(of: chosen.hosts)).map { ($0.name.description, $1.state.phase) }
        let groups = Dictionary(grouping: chosen.hosts, by: \.group).sorted { $0.key < $1.key }.map { group, hosts in
            let conf = CheckedCommands.startConf(of: group, in: assembly.context.tree)
            return PreviewRemote.Group(
                group: group.description, hosts: hosts.map(\.name.description),
                steps: list.commands.map { "\($0)\(conf?.object(of: $0).map { ": \($0)" } ?? "")" },
                prevented: conf?.automatic ?? [])
        }
        let busy = try JobQueue(store()).open(kind: Self.remoteKind, lanes: chosen.hosts.map(\.name.description))
        return PreviewRemote.Answer(
            groups: groups, losses: list.commands.compactMap(\.loss),
            inSystem: phases.filter { $0.1 == .system }.map(\.0), unseen: phases.filter { $0.1 == .unknown }.map(\.0),
            busy: Self.busy(busy), skipped: chosen.skippedNames)
    }

    // MARK: Orders that were given

    private func jobs(of number: Int64) throws -> [Job] {
        let jobs = try JobQueue(store()).list(kind: Self.remoteKind, batch: number, limit: -1)
        guard !jobs.isEmpty else {
            throw Fault(.missing, "there is no order \(number)", fix: "see `linboctl jobs --all`")
        }
        return jobs.sorted { $0.id < $1.id }
    }

    private func order(_ number: Int64) throws -> [GetRemote.PC] {
        let steps = try RemoteJournal(store()).steps(ofBatch: number)
        return try jobs(of: number).map { job in
            let order = try job.order(RemoteOrder.self)
            return GetRemote.PC(host: order.host, job: job, steps: steps[job.id] ?? [])
        }
    }

    private func change(
        _ number: Int64, _ what: String, by actor: Actor, none: String, where isMeant: (Job.State) -> Bool,
        _ body: (Database, Int64) throws -> Job?
    ) throws -> [Job] {
        let meant = try jobs(of: number).filter { isMeant($0.state) }
        var changed: [Job] = []
        let row = AuditEntry(what, by: actor, subject: "order \(number)", detail: "\(meant.count) PCs")
        try store().record([row]) { database in
            // What has changed meanwhile is left as it is.
            changed = try meant.compactMap { try body(database, $0.id) }
            guard !changed.isEmpty else { throw Fault(.conflict, "order \(number): \(none)") }
        }
        assembly.context.jobSignal.send()
        return changed
    }

    private func trust(_ question: TrustHostKey, by actor: Actor) throws -> HostKeys.Entry {
        let row = AuditEntry(
            question.isTrusted ? "remote trust" : "remote distrust", by: actor,
            subject: printable(question.fingerprint, most: 100))
        return try store().record([row]) { database in
            let entry = try HostKeys.set(
                question.fingerprint, isTrusted: question.isTrusted, by: actor.description, database)
            guard let entry else {
                throw Fault(
                    .missing, "no PC has shown a key \(quoted(question.fingerprint))",
                    fix: "`linboctl remote keys` lists those that were seen")
            }
            return entry
        }
    }
}
