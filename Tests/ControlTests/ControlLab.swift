import API
import Control
import Foundation
import GRDB
import HookHost
import HookStore
import LinboHookd
import LinboModel
import Timeline
import Uploads

/// A server without sockets in a directory of its own: questions go to what answers them.
final class ControlLab {
    let directory: String
    let store: Store
    let assembly: Assembly
    let control: Control
    private let handlers: [Handler]

    /// - Parameter more: lines of the configuration; `{}` is the directory.
    init(more: String = "") throws {
        let directory = FileManager.default.temporaryDirectory.path + "/control-\(UUID().uuidString)"
        self.directory = directory
        for path in ["srv", "state", "schools/default-school"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(path)", withIntermediateDirectories: true)
        }
        let rows =
            "Raum 1;PC01;win11;52:54:00:00:00:01;10.0.0.1;;;;classroom-studentcomputer;;1\n"
            + "r2;pc03;win11;52:54:00:00:00:03;DHCP;;;;classroom-studentcomputer;;1\n"
            + "r2;drucker;nopxe;52:54:00:00:00:04;10.0.0.4;;;;printer;;0\n"
        try rows.write(
            toFile: "\(directory)/schools/default-school/devices.csv", atomically: true, encoding: .utf8)
        let yaml =
            "linbo: {root: \(directory)/srv, schools: \(directory)/schools, setup: \(directory)/setup.ini}\n"
            + "state: \(directory)/state\nsocket: \(directory)/hook.sock\n" + more.replacing("{}", with: directory)
        try yaml.write(toFile: "\(directory)/c.yaml", atomically: true, encoding: .utf8)
        let config = try Config(yaml: yaml, file: "\(directory)/c.yaml")
        let store = try Store(directory: config.state, migrations: Store.migrations())
        let assembly = try Assembly(config, store: store, logger: DaemonLog.silent)
        assembly.hosts.refresh()
        let reloader = Reloader(assembly, ConfigInUse(config, yaml), logger: DaemonLog.silent)
        let pcs = PCWatch(
            .init(audit: store.audit, hosts: { assembly.hosts }, groups: { [] }, running: { [] }),
            events: assembly.context.events, kept: store.events, logger: DaemonLog.silent)
        let followUps = FollowUps(FollowUpQueue(state: config.state), logger: DaemonLog.silent)
        control = Control(
            reloader, tftp: nil, status: StatusReport.Source(reloader, followUps, fault: nil, lack: nil), pcs: pcs)
        handlers = control.handlers()
        self.store = store
        self.assembly = assembly
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func ask<Question: APIOperation>(_ question: Question) async throws -> Question.Answer {
        guard let handler = handlers.first(where: { $0.operation == Question.self }) else {
            throw Fault(.missing, "\(Question.route)")
        }
        let answer = try await handler(APICoding.encoded(question), by: Actor(name: "anna"))
        return try APICoding.decoded(Question.Answer.self, from: answer)
    }

    /// - Returns: why it is not done; nil: it is.
    func fault<Question: APIOperation>(_ question: Question) async -> Fault? {
        do {
            _ = try await ask(question)
            return nil
        } catch {
            return error as? Fault ?? Fault(.failed, "no fault, but \(error)")
        }
    }

    /// What the audit log has of commands, such as `reload: done`.
    func acts() throws -> [String] {
        assembly.audit?.flush(within: .seconds(60))
        return try store.audit.entries(.init()).filter { $0.transport == "api" }.map { row in
            let end = row.outcome.rawValue.prefix { $0 != ":" }
            return "\(row.decision.rawValue) \(row.path): \(end)"
        }
    }

    /// From now on no row gets into the audit log.
    func refuseRows() async throws {
        try await store.database.write {
            try $0.execute(
                sql: "CREATE TRIGGER no_rows BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no rows'); END")
        }
    }

    /// A live `win11.qcow2` with a backup.
    func makeImages() throws {
        for (directory, text) in [("win11", "new"), ("win11/backups/202601010800", "old")] {
            try write(text, to: "srv/images/\(directory)/win11.qcow2")
            try write(
                "[\"win11.qcow2\" Info File]\ntimestamp=\"202601010800\"\nimage=\"win11.qcow2\"\nimagesize=\"3\"\n",
                to: "srv/images/\(directory)/win11.qcow2.info")
        }
    }

    func write(_ text: String, to path: String) throws {
        let url = URL(filePath: "\(directory)/\(path)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func read(_ path: String) throws -> String { try String(contentsOfFile: "\(directory)/\(path)", encoding: .utf8) }
}
