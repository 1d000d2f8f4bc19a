import API
import Foundation
import GRDB
import HookConfig
import HookHost
import HookStore
import LinboModel
import Logging
import Testing

@testable import OnbootCmd

/// What admins have done with the queue.
@Suite final class OperationsTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-\(UUID().uuidString)"
    private let store: Store
    private let plugin: OnbootCmd

    init() throws {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        store = try Store(directory: directory, migrations: OnbootCmd.migrations)
        let hosts = HostDirectory(schools: directory, addresses: AddressTable(leaseFiles: []), logger: quiet)
        let context = PluginContext(
            tree: Tree(root: directory), store: store, hosts: hosts, setup: SetupFile(path: "\(directory)/setup.ini"),
            state: directory, logger: quiet)
        let place = SourceLocation(file: "config.yaml", line: 1, column: 1)
        plugin = try OnbootCmd(PluginSection(node: nil, location: place), context)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private var journal: OnbootJournal { OnbootJournal(database: store.database) }

    private func ask<Question: APIOperation>(_ question: Question) async throws -> Question.Answer {
        let handlers = OnbootCmd.handlers(among: { [plugin] in [plugin] }, file: "c.yaml")
        let handler = try #require(handlers.first { $0.operation == Question.self })
        let answer = try await handler(APICoding.encoded(question), by: Actor(name: "anna"))
        return try APICoding.decoded(Question.Answer.self, from: answer)
    }

    private func add(_ host: String) throws -> Int64 {
        try journal.add(host: host, command: "sync:1", expires: nil, now: 10)
    }

    @Test("all that are named are removed, or none: also if one is claimed at that very moment") func claimed()
        async throws
    {
        let numbers = try [add("pc01"), add("pc02"), add("pc03")]
        try await store.database.write {
            try $0.execute(
                sql: """
                    CREATE TRIGGER claims AFTER UPDATE ON onboot WHEN NEW.id = 1 AND NEW.state = 'removed'
                    BEGIN UPDATE onboot SET state = 'delivering' WHERE id = 2; END
                    """)
        }
        let fault = try await #require(throws: Fault.self) {
            _ = try await self.ask(RemoveBootCommands(numbers: numbers, targets: nil))
        }
        #expect(fault.what == "number 2 does not wait: it is delivering")
        #expect(try journal.list().map(\.state) == [.queued, .queued, .queued])
        #expect(try store.audit.count() == 0)
        let removed = try await ask(RemoveBootCommands(numbers: [3, 3], targets: nil))
        #expect(removed.map(\.id) == [3] && removed.map(\.state) == [.removed])
    }

    @Test("what somebody took out, waits or is on its way is not queued again", arguments: OnbootEntry.State.allCases)
    func requeue(_ state: OnbootEntry.State) async throws {
        let number = try add("pc01")
        try await store.database.write {
            try $0.execute(sql: "UPDATE onboot SET state = ?", arguments: [state.rawValue])
        }
        if [.uncertain, .delivered, .expired].contains(state) {
            #expect(try await ask(RequeueBootCommand(number: number)).state == .queued)
        } else {
            await #expect(throws: Fault.self) { try await self.ask(RequeueBootCommand(number: number)) }
        }
    }

    @Test("retention takes a delivered file's entry when the file is gone, and not before") func retention() throws {
        let file = "\(directory)/linbocmd/pc01.cmd"
        try FileManager.default.createDirectory(atPath: "\(directory)/linbocmd", withIntermediateDirectories: true)
        try Data("halt\n".utf8).write(to: URL(filePath: file))
        let identity = try #require(DroppedFile.identity(at: file))
        let claimant = OnbootJournal.Claimant(connection: "1@1", path: "linbocmd/pc01.cmd")
        guard
            case .granted(let entry) = try journal.claimFile(
                host: "pc01", file: identity, command: "halt", by: claimant, now: 11, isAlive: { _ in true })
        else { throw Fault(.failed, "not granted") }
        let ticket = ClaimTicket(entry: entry.id, claim: try #require(entry.claim))
        try journal.settle(ticket, as: .delivered, note: nil, now: 11)
        _ = try add("pc02")
        try plugin.forget(before: 12_000)
        #expect(try journal.isSpent(host: "pc01", file: identity))
        try FileManager.default.removeItem(atPath: file)
        try plugin.forget(before: 12_000)
        #expect(try journal.entry(entry.id) == nil)
    }
}
