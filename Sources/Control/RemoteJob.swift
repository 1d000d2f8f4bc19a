import API
import Foundation
import HookHost
import HookStore
import Jobs
import LinboHookd
import LinboModel
import LinuxKit
import Remote
import SSH
import Timeline

/// Orders on their way to PCs.
extension Control {
    /// Longer than all commands of an order may take together: those have limits of their own.
    private static let longest = Duration.seconds(7 * 86_400)

    var remoteKinds: [JobKind] {
        [
            JobKind(
                Self.remoteKind, atOnce: assembly.config.remote.atOnce, limit: Self.longest, tidiesUp: true
            ) { job, run in
                try await perform(job, run)
            }
        ]
    }

    private func perform(_ job: Job, _ run: JobRun) async throws -> JobResult {
        let order = try job.order(RemoteOrder.self)
        let list = try LinboCommandList(parsing: order.command)
        assembly.context.hosts.refresh()
        let host = try assembly.context.hosts.host(order.host)
        let store = try store()
        let log = RemoteLog(of: host.name, in: assembly.config.remote.logDirectory, job, run)
        let run = log?.run ?? run
        let pc = RemotePC(
            job, list, wait: .milliseconds(order.wait), settings: assembly.config.remote,
            journal: RemoteJournal(store), run: run, world: world(of: host, store))
        do {
            let result = try await pc.perform()
            log?.end("done")
            return result
        } catch let error as RemotePC.NotLinbo where order.skipsInUse == true {
            log?.end("skipped: \(error)")
            return JobResult(note: "skipped: \(error)")
        } catch {
            // Else the next daemon goes on.
            if !Task.isCancelled || run.isToStop { log?.end("not done: \(error)") }
            throw error
        }
    }

    private func world(of host: LinboModel.Host, _ store: Store) -> RemotePC.World {
        let access = PCAccess(assembly.config.remote, keys: HostKeys(store), logger: assembly.context.logger)
        return RemotePC.World(
            connect: { tell throws(SSHError) in
                guard let address = address(of: host, store) else {
                    throw .broken("its address is not known: devices.csv has DHCP, and it was not seen for half a day")
                }
                return try await access.open(host, at: address, tell: tell)
            },
            wake: { try wake(host) },
            // The daemon looks every two seconds, for all PCs at once.
            seen: { pcs.views(of: [host]).first?.state.seen },
            answers: { port in
                guard let address = address(of: host, store) else { return false }
                return await PortProbe.answers(address, port, within: .seconds(1))
            }, password: { try password() })
    }

    /// Has those PCs start anew that run LINBO and have nothing else to do: a packet that wakes tells them nothing.
    func restart(_ hosts: [LinboModel.Host], for job: Job, _ run: JobRun) async throws {
        let running = try await probe(hosts, onlyLinbo: true).filter { $0.found == .linbo }.map(\.host)
        guard !running.isEmpty else { return }
        var idle: [String] = []
        try store().record(
            idle.map { AuditEntry("remote", by: .server, host: $0, subject: "LINBO", detail: "reboot") }
        ) { database in
            let busy = try JobQueue.open(database, kind: Self.remoteKind, lanes: running).compactMap(\.lane)
            idle = running.filter { !busy.contains($0) }
            let now = UnixTime.nowMilliseconds()
            let wishes = try idle.map {
                try Self.wish(RemoteOrder(host: $0, command: "reboot", wait: 0), now: now)
            }
            _ = try JobQueue.add(database, together: wishes, by: job.actor, now: now)
        }
        guard !idle.isEmpty else { return }
        assembly.context.jobSignal.send()
        run.log("LINBO runs on these, and is started anew: \(idle.joined(separator: ", "))")
    }

    private static let memory: Int64 = 12 * 3_600_000

    /// Of a host with DHCP the last one that it was seen at, if it is its still.
    func address(of host: LinboModel.Host, _ store: Store) -> IPAddress? {
        if let address = host.address { return address }
        let rows = try? store.audit.entries(
            .init(host: host.name.description, since: UnixTime.nowMilliseconds() - Self.memory, limit: 1))
        guard let address = rows?.last.flatMap({ IPAddress($0.address) }),
            assembly.context.hosts.client(at: address).host?.name == host.name
        else { return nil }
        return address
    }
}
