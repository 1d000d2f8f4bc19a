import Foundation
import GRDB
import HookStore
import HookTesting
import Jobs
import LinboHookd
import LinboModel
import LinuxKit
import Logging
import Remote
import SSH
import Synchronization
import Testing

/// A PC with a real dropbear, a database, and orders as jobs of it.
final class RemoteLab: Sendable {
    let directory: URL
    let pcs: LinboPCs
    let port: UInt16
    let store: Store
    let keys: HostKeys
    let journal: RemoteJournal
    /// What jobs wrote.
    let lines = Mutex<[String]>([])
    /// Whether somebody wants the job to stop.
    let isToStop = Mutex(false)
    /// When the server heard of the PC last.
    let seen = Mutex<Int64?>(nil)
    /// How often it was told to wake.
    let wakes = Mutex(0)
    /// Ports at which a system answers.
    let answering = Mutex<Set<UInt16>>([])

    private init(_ directory: URL) async throws {
        self.directory = directory
        pcs = try await LinboPCs(in: directory)
        port = try FreePort.next()
        store = try Store(directory: directory.appending(path: "state").path, migrations: Store.migrations())
        keys = HostKeys(store)
        journal = RemoteJournal(store)
    }

    static func open(_ body: (RemoteLab) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "linbo-hookd-remote-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(RemoteLab(directory))
    }

    func start(_ host: String, hostKey: URL? = nil, authorized: URL? = nil) async throws -> LinboPC {
        try await pcs.start(host, at: SocketAddress(host, port), hostKey: hostKey, authorized: authorized)
    }

    static func host(_ address: String) throws -> LinboModel.Host {
        LinboModel.Host(
            name: try #require(HostName("pc01")), room: "r1", group: try #require(GroupName("win11")),
            mac: try #require(MACAddress("52:54:00:00:00:01")), address: IPAddress(address),
            source: SourceLocation(file: "devices.csv", line: 1))
    }

    var settings: RemoteSettings {
        var settings = RemoteSettings()
        settings.key = pcs.key.path
        settings.port = port
        return settings
    }

    /// A job that is begun.
    func job(_ commands: String) throws -> Job {
        let wish = JobWish("remote.pc", subject: commands, parameters: "{}", key: UUID().uuidString)
        return try store.database.writeDurably { database in
            let job = try JobQueue.add(database, wish, by: "anna", now: 1)
            try database.execute(
                sql: "UPDATE job SET state = 'running', attempts = attempts + 1 WHERE id = ?", arguments: [job.id])
            return job
        }
    }

    /// The job as a daemon does it.
    /// - Parameter attempts: more than 1: another daemon has begun it.
    @discardableResult
    func perform(
        _ job: Job, _ commands: String, on address: String, attempts: Int = 1, wait: Duration = .zero,
        _ change: (inout RemoteSettings) -> Void = { _ in }
    ) async throws -> JobResult {
        var settings = settings
        change(&settings)
        let begun = try store.database.writeDurably { database in
            try database.execute(sql: "UPDATE job SET attempts = ? WHERE id = ?", arguments: [attempts, job.id])
            return try Job.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [job.id])
        }
        let run = JobRun(askWhetherToStop: { self.isToStop.withLock { $0 } }) { _, new in
            self.lines.withLock { $0 += new }
        }
        return try await RemotePC(
            try #require(begun), LinboCommandList(parsing: commands), wait: wait, settings: settings, journal: journal,
            run: run, world: world(of: try Self.host(address), settings)
        ).perform()
    }

    /// The same up to the moment at which a command of the PC's own has written `/tmp/begun`.
    func begin(_ job: Job, _ commands: String, on pc: LinboPC) async throws -> Task<JobResult, any Error> {
        let task = Task { try await perform(job, commands, on: pc.address.host) }
        try await eventually("it has begun") { pc.exists("tmp/begun") }
        return task
    }

    private func world(of host: LinboModel.Host, _ settings: RemoteSettings) throws -> RemotePC.World {
        let access = PCAccess(settings, keys: keys, logger: .init(label: "test"))
        let address = try #require(host.address)
        return RemotePC.World(
            connect: { tell throws(SSHError) in
                try await access.open(host, at: address, within: .seconds(60), tell: tell)
            },
            wake: { self.wakes.withLock { $0 += 1 } }, seen: { self.seen.withLock { $0 } },
            answers: { port in self.answering.withLock { $0.contains(port) } },
            password: { "linbo:Muster!2026" }, sleep: { _ in try await Task.sleep(for: .milliseconds(50)) })
    }

    /// `sync:1 done 0`.
    func steps(of job: Job) throws -> [String] {
        try journal.steps(of: job.id).map {
            "\($0.command) \($0.state.rawValue)\($0.status.map { " \($0)" } ?? "")"
        }
    }

    var log: [String] { lines.withLock { $0 } }

    /// The error that it ends with.
    func failure(_ body: () async throws -> Void) async -> String {
        do { try await body() } catch { return "\(error)" }
        return "none"
    }
}

extension LinboPC {
    func text(_ path: String) -> String {
        (try? String(contentsOf: directory.appending(path: path), encoding: .utf8)) ?? ""
    }

    func write(_ text: String, to path: String) throws {
        try text.write(to: directory.appending(path: path), atomically: false, encoding: .utf8)
    }
}
