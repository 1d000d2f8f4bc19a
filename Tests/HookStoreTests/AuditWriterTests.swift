import Foundation
import GRDB
import LinboModel
import Logging
import Testing

@testable import HookStore

/// Batches, what is written at once, the bound, and a database that others lock.
@Suite final class AuditWriterTests {
    let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-\(UUID().uuidString)"
    let store: Store

    init() throws {
        store = try Store(directory: directory)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Writes nothing by the clock.
    private static var patient: AuditWriter.Limits {
        var limits = AuditWriter.Limits()
        limits.delay = .seconds(3600)
        return limits
    }

    static func entry(_ number: Int = 0, decision: Decision = .plain, plugin: String? = nil) -> AuditEntry {
        AuditEntry(
            at: Int64(number), transport: "rsync", connection: "1@1", address: "10.0.0.5", host: "pc01",
            path: "file \(number)", intent: "fetch", plugin: plugin, decision: decision, outcome: .delivered)
    }

    private func writer(_ limits: AuditWriter.Limits = patient) -> AuditWriter {
        AuditWriter(store.audit, limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func eventually(_ condition: () throws -> Bool) async throws {
        for _ in 0..<3000 {
            if try condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("it never came")
    }

    /// As another process would, for the length of `body`.
    private func withLock(_ body: () async throws -> Void) async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: "\(directory)/\(Store.fileName)", configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        try await body()
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    }

    @Test func flushWritesWhatWaitsInOrder() throws {
        let writer = writer()
        writer.append([Self.entry(1), Self.entry(2)])
        writer.append([Self.entry(3)])
        #expect(try store.audit.count() == 0)
        #expect(writer.flush(within: .seconds(30)))
        #expect(try store.audit.entries(.init()) == [Self.entry(1), Self.entry(2), Self.entry(3)])
    }

    @Test func theClockWritesOrdinaryRows() async throws {
        var limits = Self.patient
        limits.delay = .milliseconds(1)
        let writer = writer(limits)
        writer.append([Self.entry(1)])
        try await eventually { try store.audit.count() == 1 }
        // And again, after a rest.
        writer.append([Self.entry(2)])
        try await eventually { try store.audit.count() == 2 }
    }

    @Test func manyRowsDoNotWaitForTheClock() async throws {
        var limits = Self.patient
        limits.rows = 3
        let writer = writer(limits)
        writer.append([Self.entry(1), Self.entry(2)])
        writer.append([Self.entry(3)])
        try await eventually { try store.audit.count() == 3 }
        writer.append((4...13).map { Self.entry($0) })
        try await eventually { try store.audit.count() == 13 }
    }

    @Test(arguments: [Decision.refused, .made, .transformed, .hidden, .failed, .upload])
    func whatMattersTakesAlongWhatWaits(_ decision: Decision) async throws {
        let writer = writer()
        writer.append([Self.entry(1)])
        writer.append([Self.entry(2, decision: decision)])
        try await eventually { try store.audit.entries(.init()).map(\.at) == [1, 2] }
    }

    @Test func aPluginsHandInAPlainFileMatters() async throws {
        let writer = writer()
        writer.append([Self.entry(1, plugin: "windows-key")])
        try await eventually { try store.audit.count() == 1 }
    }

    @Test func aLockedDatabaseLosesNothing() async throws {
        var limits = Self.patient
        limits.pause = .milliseconds(1)
        let writer = writer(limits)
        try await withLock { () async throws -> Void in
            writer.append([Self.entry(1, decision: .made)])
            #expect(!writer.flush(within: .milliseconds(100)))
            writer.append([Self.entry(2)])
            #expect(try store.audit.count() == 0)
        }
        try await eventually { try store.audit.entries(.init()).map(\.at) == [1, 2] }
        #expect(writer.lost == 0)
    }

    @Test func appendingNeverWaitsForALock() async throws {
        let writer = writer()
        try await withLock { () async throws -> Void in
            for number in 0..<1000 { writer.append([Self.entry(number, decision: .made)]) }
            #expect(try store.audit.count() == 0)
        }
        #expect(writer.flush(within: .seconds(30)))
        #expect(try store.audit.entries(.init()).map(\.at) == (0..<1000).map { Int64($0) })
    }

    /// Whoever claims a boot command waits for the lock by its own patience, not behind the audit log's.
    @Test func theConnectionKeepsItsPatience() throws {
        let writer = writer()
        writer.append([Self.entry()])
        #expect(writer.flush(within: .seconds(30)))
        let patience = try store.database.writeWithoutTransaction {
            try Int.fetchOne($0, sql: "PRAGMA busy_timeout")
        }
        #expect(patience == 5000)
    }

    @Test func whatIsBeyondTheBoundIsLostAndCounted() async throws {
        var limits = Self.patient
        limits.bytes = Self.entry(10).cost * 8
        limits.pause = .milliseconds(1)
        let writer = writer(limits)
        try await withLock { () async throws -> Void in
            for number in 10..<20 { writer.append([Self.entry(number)]) }
            // Six ordinary rows; what matters has room still.
            #expect(writer.lost == 4)
            for number in 20..<30 { writer.append([Self.entry(number, decision: .made)]) }
            #expect(writer.lost == 12)
        }
        #expect(writer.flush(within: .seconds(30)))
        let rows = try store.audit.entries(.init())
        #expect(rows.dropLast().map(\.at) == [10, 11, 12, 13, 14, 15, 20, 21])
        // The log itself says what it lacks.
        #expect(rows.last?.decision == .lost && rows.last?.outcome == .lost(12), "\(rows)")
        writer.append([Self.entry(30)])
        #expect(writer.flush(within: .seconds(30)))
        #expect(try store.audit.count() == 10)
        #expect(writer.lost == 12)
    }

    @Test func manyThreadsLoseNothing() async throws {
        let writer = writer(AuditWriter.Limits())
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<500 {
                        writer.append([Self.entry(task * 500 + number, decision: number % 50 == 0 ? .made : .plain)])
                    }
                }
            }
        }
        #expect(writer.flush(within: .seconds(60)))
        #expect(Set(try store.audit.entries(.init()).map(\.at)) == Set((0..<4000).map { Int64($0) }))
    }
}
