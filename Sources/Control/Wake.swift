package import API
import Foundation
import HookConfig
import HookHost
import HookStore
package import Jobs
import LinboHookd
import LinboModel
import LinuxKit
import Remote
import Timeline

/// Asked by `linboctl wake`.
package struct WakePCs: APIOperation {
    package typealias Answer = Job
    package static let route = Route.post("/v1/wake")
    package static let summary =
        "Wakes PCs over the network, in waves if wanted; the job names those that did not come."

    /// Hosts, `room:NAME`, `group:NAME`, `school:NAME`, `all`.
    package var targets: [String]
    /// So many at a time; nil: all at once.
    package var wave: Int?
    /// How long each wave is waited for, such as `5m`; nil: not at all.
    package var wait: String?
    /// Those that run LINBO already are started anew.
    package var restarts: Bool?
    /// By a frame of Ethernet on all networks of the server, besides.
    package var ethernet: Bool?
    /// Those that run a system are left alone, and are no failure.
    package var skipsInUse: Bool?

    /// - Parameters:
    ///   - wave: from 1 on.
    ///   - wait: a span of time.
    package init(
        targets: [String], wave: Int?, wait: String?, restarts: Bool = false, ethernet: Bool = false,
        skipsInUse: Bool = false
    ) {
        (self.targets, self.wave, self.wait) = (targets, wave, wait)
        (self.restarts, self.ethernet, self.skipsInUse) = (restarts, ethernet, skipsInUse)
    }
}

extension Control {
    static let wakeOperations: [OperationOf<Control>] = [
        OperationOf(WakePCs.self) { control, question, actor in
            let jobs = try control.want(control.planWake(question, by: actor))
            guard let job = jobs.first else { throw Fault(.failed, "no job was made") }
            return job
        }
    ]

    /// What is done besides the plugins' own.
    package var jobKinds: [JobKind] {
        [JobKind(Self.wakeKind, atOnce: 8, limit: .seconds(6 * 3600)) { job, run in try await wake(job, run) }]
            + remoteKinds
    }

    private static let wakeKind = "remote.wake"
    private static let longestWait = Duration.seconds(3600)

    /// A job's parameters.
    private struct WakeOrder: Codable {
        let hosts: [String]
        let wave: Int?
        /// Milliseconds.
        let wait: Int64
        /// Whether those that run LINBO are started anew.
        let restarts: Bool?
        let ethernet: Bool?
        /// Whether those that run a system are left alone.
        let skipsInUse: Bool?
    }

    /// What is asked for, checked as far as it can be now.
    func planWake(_ question: WakePCs, by actor: Actor) throws -> JobPlan {
        guard question.wave.map({ $0 >= 1 }) ?? true else {
            throw Fault(.invalid, "a wave has one PC at least", at: "wave")
        }
        let wait = try question.wait.map { try Self.wait($0) } ?? .zero
        guard question.wave == nil || wait > .zero else {
            throw Fault(.invalid, "waves need a time to wait between them", at: "wait", fix: "write --wave 10/30s")
        }
        assembly.context.hosts.refresh()
        let hosts = try Targets(question.targets).all(in: assembly.context.hosts).map(\.name.description)
        guard !hosts.isEmpty else { throw Fault(.invalid, "nobody is named", at: "targets") }
        let order = WakeOrder(
            hosts: hosts, wave: question.wave, wait: wait.milliseconds, restarts: question.restarts,
            ethernet: question.ethernet, skipsInUse: question.skipsInUse)
        let subject = question.targets.joined(separator: " ")
        let wish = try JobWish(Self.wakeKind, subject: subject, order: order)
        let rows = hosts.map { AuditEntry("wake", by: actor, host: $0, subject: "Wake-on-LAN") }
        return JobPlan(subject: subject, wishes: [wish], actor: actor, rows: rows)
    }

    static func wait(_ text: String) throws(Fault) -> Duration {
        guard let span = Duration(parsing: text), span > .zero, span <= longestWait else {
            throw Fault(.invalid, "\(quoted(text)) is no time up to an hour", at: "wait", fix: "write 30s or 5m")
        }
        return span
    }

    private func wake(_ job: Job, _ run: JobRun) async throws -> JobResult {
        let order = try job.order(WakeOrder.self)
        let (found, gone) = known(order.hosts)
        for name in gone { run.log("\(name): it is in no devices.csv any more") }
        let hosts = order.skipsInUse == true ? try await notInUse(found, run) : found
        if order.restarts == true { try await restart(hosts, for: job, run) }
        let results = try await Waking(wave: order.wave, limit: order.wait).run(hosts, in: world(order)) {
            result, count in
            run.progress(count * 100 / max(1, hosts.count))
            if let line = Self.line(result, waited: order.wait) { run.log(line) }
        }
        let failed = results.filter { $0.problem != nil || ($0.after == nil && order.wait > 0) }.map(\.host) + gone
        guard failed.isEmpty else { throw NotAwake(failed, of: order.hosts.count, waited: order.wait) }
        let skipped = found.count - hosts.count
        let note = order.wait > 0 ? "all \(hosts.count) came" : "\(hosts.count) were told to wake"
        return JobResult(
            note: skipped == 0 ? note : "\(note), \(skipped) in use were left alone",
            result: String(decoding: try APICoding.encoded(results), as: UTF8.self))
    }

    /// Those at which no installed system answers.
    private func notInUse(_ hosts: [LinboModel.Host], _ run: JobRun) async throws -> [LinboModel.Host] {
        zip(hosts, try await probe(hosts, onlyLinbo: false)).filter { host, pc in
            guard pc.found == .windows || pc.found == .linux else { return true }
            run.log("\(host.name) is left alone: it runs \(pc.found == .windows ? "Windows" : "Linux")")
            return false
        }.map(\.0)
    }

    private func known(_ names: [String]) -> (hosts: [LinboModel.Host], gone: [String]) {
        assembly.context.hosts.refresh()
        let all = Dictionary(assembly.context.hosts.devices.hosts.map { ($0.name.description, $0) }) { one, _ in one }
        return (names.compactMap { all[$0] }, names.filter { all[$0] == nil })
    }

    /// Once.
    func wake(_ host: LinboModel.Host) throws {
        let places = BroadcastPlaces(subnets: Subnets.read(assembly.config.linbo.subnets))
        try WakeSender.wake(host.mac, at: places.all(for: host.address))
    }

    private func world(_ order: WakeOrder) -> Waking.World {
        Waking.World(
            now: { UnixTime.nowMilliseconds() },
            wake: { host in
                guard order.ethernet == true else { return try wake(host) }
                try WakeSender.wakeByFrame(host.mac)
                // The frame has told it; by IP there may be no way.
                try? wake(host)
            },
            seen: { [pcs] hosts in
                try await pcs.look()
                return pcs.views(of: hosts).map(\.state.seen)
            },
            sleep: { try await Task.sleep(for: .seconds(1)) })
    }

    private static func line(_ result: Waking.Result, waited: Int64) -> String? {
        if let problem = result.problem { return "\(result.host): \(problem)" }
        if let after = result.after { return "\(result.host) came after \(after / 1000) s" }
        return waited > 0 ? "\(result.host) did not come within \(Duration.milliseconds(waited).text)" : nil
    }
}

/// Not all PCs came.
private struct NotAwake: Error, CustomStringConvertible {
    let description: String
    private static let most = 20

    init(_ hosts: [String], of all: Int, waited: Int64) {
        let names = hosts.prefix(Self.most).joined(separator: ", ")
        let more = hosts.count > Self.most ? " and \(hosts.count - Self.most) more" : ""
        let time = waited > 0 ? " within \(Duration.milliseconds(waited).text)" : ""
        description = "\(hosts.count) of \(all) did not come\(time): \(names)\(more)"
    }
}
