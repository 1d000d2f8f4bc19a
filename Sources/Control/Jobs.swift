import API
import GRDB
import HookHost
import HookStore
import Jobs
import LinboHookd
import LinuxKit

/// Jobs that somebody may have together, and the rows that tell who wanted them for whom.
struct JobPlan: Sendable {
    /// In words: for whom, what.
    let subject: String
    let wishes: [JobWish]
    let actor: Actor
    let rows: [AuditEntry]
    /// What may have changed since the plan was made, looked at in its transaction.
    var check: @Sendable (Database) throws -> Void = { _ in }
}

extension Control {
    /// Adds jobs, together with their rows in the audit log.
    /// - Parameter also: the last thing of that transaction; it gets the first of them. What it throws, it undoes.
    /// - Returns: in the order of the wishes.
    @discardableResult
    func want(_ plan: JobPlan, also: (Database, Job) throws -> Void = { _, _ in }) throws -> [Job] {
        let jobs = try store().record(plan.rows) { database in
            try plan.check(database)
            let jobs = try JobQueue.add(
                database, together: plan.wishes, by: plan.actor.description, now: UnixTime.nowMilliseconds())
            if let first = jobs.first { try also(database, first) }
            return jobs
        }
        assembly.context.jobSignal.send()
        return jobs
    }

    static let jobOperations: [OperationOf<Control>] = [
        OperationOf(GetJobs.self) { control, question, _ in
            let states = Job.State.allCases.filter { question.all == true || !$0.isOver }
            return try JobQueue(control.store()).list(
                kind: question.kind, batch: question.batch, states: states, limit: question.batch == nil ? 1000 : -1)
        },
        OperationOf(GetJob.self) { control, question, _ in
            let queue = JobQueue(try control.store())
            guard let job = try queue.job(question.id) else { throw Control.noJob(question.id) }
            return .init(job: job, lines: try queue.lines(of: question.id, after: question.after ?? 0))
        },
        OperationOf(CancelJob.self) { control, question, actor in
            try control.change(question.id, "jobs cancel", by: actor, unlike: "it is over already") {
                try JobQueue.cancel($0, question.id, now: UnixTime.nowMilliseconds())
            }
        },
        OperationOf(RetryJob.self) { control, question, actor in
            try control.change(question.id, "jobs retry", by: actor, unlike: "it is not over yet") {
                try JobQueue.retry($0, question.id, now: UnixTime.nowMilliseconds())
            }
        },
    ]

    private static func noJob(_ id: Int64) -> Fault { Fault(.missing, "there is no job \(id)") }

    private func change(
        _ id: Int64, _ what: String, by actor: Actor, unlike reason: String,
        _ body: (Database) throws -> Job?
    ) throws -> Job {
        let store = try store()
        guard let job = try JobQueue(store).job(id) else { throw Self.noJob(id) }
        let row = AuditEntry(what, by: actor, subject: "job \(id)", detail: "\(job.kind), \(job.subject)")
        let changed = try store.record([row]) { database in
            guard let changed = try body(database) else {
                throw Fault(.conflict, "job \(id) is \(job.state.rawValue): \(reason)")
            }
            return changed
        }
        assembly.context.jobSignal.send()
        return changed
    }
}
