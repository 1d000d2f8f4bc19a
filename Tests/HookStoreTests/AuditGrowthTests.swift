import Foundation
import GRDB
import LinboModel
import Logging
import Testing

@testable import HookStore

/// The audit log is bounded by client, by pace and by size, and what is left out leaves a number.
@Suite("The audit log's growth")
final class AuditGrowthTests {
    let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-\(UUID().uuidString)"
    let store: Store

    init() throws {
        store = try Store(directory: directory)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func writer(_ change: (inout AuditWriter.Limits) -> Void = { _ in }) -> AuditWriter {
        var limits = AuditWriter.Limits()
        limits.delay = .seconds(3600)
        limits.window = .seconds(3600)
        change(&limits)
        return AuditWriter(store.audit, limits: limits, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private static func entry(
        _ number: Int, address: String = "10.0.0.66", host: String? = nil, decision: Decision = .plain,
        plugin: String? = nil, intent: String = "fetch", path: String? = nil
    ) -> AuditEntry {
        AuditEntry(
            at: Int64(number), transport: "tftp", connection: "1@1", address: address, host: host,
            path: path ?? "file \(number)", intent: intent, plugin: plugin, decision: decision, outcome: .delivered)
    }

    private func rows(_ decision: Decision) throws -> [AuditEntry] {
        try store.audit.entries(.init(limit: 1_000_000)).filter { $0.decision == decision }
    }

    @Test("N8: 20,000 refused requests of one stranger are a hundred rows and a sum")
    func oneStranger() throws {
        let writer = writer()
        for number in 0..<20_000 { writer.append([Self.entry(number, decision: .refused)]) }
        #expect(writer.flush(within: .seconds(60)))
        let written = try rows(.refused).count
        #expect(written >= 100 && written < 1000)
        let sum = try #require(try rows(.summary).first)
        #expect(sum.address == "10.0.0.66" && sum.outcome == .more(20_000 - written), "\(sum)")
        #expect(sum.path == "file \(100)")
        let words = "\(20_000 - written) more of this kind (refused: delivered) from 10.0.0.66 within "
        #expect(sum.reason?.hasPrefix(words) == true)
        #expect(writer.summedUp == 20_000 - written && writer.lost == 0)
    }

    @Test("N8: 60,000 forged addresses leave a known host's rows alone, and few of their own")
    func forgedAddresses() throws {
        let writer = writer()
        for number in 0..<60_000 {
            writer.append([Self.entry(number, address: "10.9.\(number / 256).\(number % 256)")])
        }
        for number in 0..<60 { writer.append([Self.entry(number, address: "10.0.0.5", host: "pc01")]) }
        #expect(writer.flush(within: .seconds(60)))
        #expect(try rows(.plain).count { $0.host == "pc01" } == 60)
        #expect(try rows(.plain).count { $0.host == nil } < 10_000)
        let sums = try rows(.summary)
        #expect(sums.count <= 21 && sums.contains { $0.address == "-" }, "\(sums)")
    }

    @Test("N8: what is given to a host is written, whatever else comes in its name")
    func givenInAFlood() throws {
        let writer = writer()
        for number in 0..<30_000 {
            writer.append([Self.entry(number, address: "10.0.0.5", host: "pc01")])
            writer.append([Self.entry(number, address: "10.0.0.5", host: "pc01", decision: .refused)])
        }
        for decision in [Decision.made, .transformed, .hidden, .upload, .published, .quarantined] {
            writer.append([Self.entry(1, address: "10.0.0.5", host: "pc01", decision: decision)])
        }
        #expect(writer.flush(within: .seconds(60)))
        for decision in [Decision.made, .transformed, .hidden, .upload, .published, .quarantined] {
            #expect(try rows(decision).count == 1, "\(decision)")
        }
    }

    @Test("a listing notes 10,000 decisions of plugins, and then the next one")
    func listings() throws {
        let writer = writer()
        let listing = (0..<10_000).map {
            Self.entry($0, address: "10.0.0.5", host: "pc01", decision: .hidden, plugin: "onboot-cmd")
        }
        writer.append(listing)
        writer.append(listing)
        #expect(writer.flush(within: .seconds(60)))
        #expect(try store.audit.count() == 20_000)
    }

    @Test("the sum comes by the clock, too")
    func byTheClock() async throws {
        let writer = writer { $0.window = .milliseconds(10) }
        writer.append((0..<200).map { Self.entry($0, decision: .refused) })
        for _ in 0..<3000 {
            if try !rows(.summary).isEmpty { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("it never came")
    }

    // MARK: Size

    private static let size: Int64 = 2 << 20

    private func fill(_ writer: AuditWriter, _ count: Int, _ make: (Int) -> AuditEntry) {
        for number in 0..<count {
            writer.append([make(number)])
            if number % 2000 == 1999 { _ = writer.flush(within: .seconds(60)) }
        }
        #expect(writer.flush(within: .seconds(60)))
    }

    private var fileSize: Int64 {
        FileManager.default.contents(atPath: "\(directory)/\(Store.fileName)").map { Int64($0.count) } ?? 0
    }

    private func unbounded() -> AuditWriter {
        let open = Pace(burst: 1_000_000, perSecond: 1)
        return writer {
            $0.maxSize = Self.size
            $0.rates = { _, _ in .init(own: open, shared: open) }
        }
    }

    @Test("N8: the database's file stops growing at audit.max-size; what plugins gave stays longest")
    func bySize() throws {
        let writer = unbounded()
        let name = String(repeating: "A", count: 190)
        func host(_ number: Int) -> String { "pc\(number % 50)" }
        fill(writer, 100) { Self.entry($0, host: "pc01", decision: .made, plugin: "onboot-cmd") }
        fill(writer, 1000) { Self.entry($0, address: "10.0.1.\($0 % 50)", host: host($0), path: "known \($0)") }
        fill(writer, 20_000) { Self.entry($0, address: "10.9.\($0 / 256).\($0 % 256)", path: name) }
        let first = fileSize
        fill(writer, 20_000) { Self.entry($0, address: "10.9.\($0 / 256).\($0 % 256)", path: name) }
        #expect(first < Self.size * 5 / 4 && fileSize <= max(first, Self.size * 9 / 8), "\(first) \(fileSize)")
        #expect(try rows(.made).count == 100)
        #expect(try rows(.plain).count { $0.host != nil } == 1000)
        // Known hosts' rows go before what was given, the oldest first.
        fill(writer, 20_000) { Self.entry(1000 + $0, address: "10.0.1.\($0 % 50)", host: host($0), path: name) }
        #expect(fileSize <= max(first, Self.size * 9 / 8), "\(fileSize)")
        #expect(try rows(.made).count == 100)
        #expect(try !rows(.plain).contains { $0.path.hasPrefix("known") })
        #expect(try rows(.plain).last?.at == 20_999)
    }

    @Test("N8: what was given away alone fills the room, too, and the newest of it stays")
    func givenBySize() throws {
        let writer = unbounded()
        fill(writer, 20_000) { Self.entry($0, host: "pc01", decision: .made, plugin: "onboot-cmd") }
        #expect(fileSize < Self.size * 5 / 4)
        let ids = try rows(.made).map(\.at)
        #expect(ids.last == 19_999 && ids.count > 1000)
    }

    @Test(
        "a clock that is far ahead for a while empties nothing but the oldest day; again and again it gets there")
    func retention() throws {
        let day: Int64 = 86_400_000
        try store.audit.append(
            (0..<100).map { number in
                var entry = Self.entry(number)
                entry.at = Int64(number) * day / 10
                return entry
            })
        // 100 days ahead, for one run.
        #expect(try store.audit.forget(before: 110 * day) == 10)
        #expect(try store.audit.count() == 90)
        #expect(try store.audit.forget(before: 0) == 0)
        for _ in 0..<4 { try store.audit.forget(before: 5 * day) }
        #expect(try store.audit.count() == 50)
        for _ in 0..<2 { #expect(try store.audit.forget(before: 5 * day) == 0) }
    }

    @Test("many rows go in slices, so that nobody waits for one transaction")
    func slices() throws {
        try store.audit.append((0..<12_000).map { Self.entry($0) })
        #expect(try store.audit.forget(before: 11_999) == 11_999)
        #expect(try store.audit.count() == 1)
    }

    @Test("a smaller audit.max-size gives the room back to the disk")
    func shrinking() throws {
        fill(writer { $0.maxSize = 64 << 20 }, 10_000) { Self.entry($0, address: "10.0.0.5", host: "pc01") }
        fill(unbounded(), 5000) { Self.entry($0, address: "10.0.0.5", host: "pc01") }
        let before = try store.audit.size()
        try store.audit.forget(before: 5000)
        try store.audit.shrink()
        #expect(try store.audit.size() < before)
    }

    @Test("a database of before can't shrink, and says what is stuck in it")
    func stuck() throws {
        #expect(try store.audit.stuckBytes() == 0)
        fill(unbounded(), 10_000) { Self.entry($0, address: "10.0.0.5", host: "pc01") }
        // SQLite changes it by a VACUUM alone.
        try store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA auto_vacuum = NONE; VACUUM") }
        #expect(try store.audit.stuckBytes() == 0)
        try store.audit.forget(before: 10_000)
        let before = try store.audit.size()
        try store.audit.shrink()
        #expect(try store.audit.size() == before)
        #expect(try store.audit.stuckBytes() > before / 4)
        // What is told as the way out is one.
        try store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; VACUUM") }
        #expect(try store.audit.stuckBytes() == 0)
        #expect(try store.audit.size() < before)
    }

    @Test func rowsGoOnlyBySizeAndAge() throws {
        let writer = writer()
        writer.append([Self.entry(1)])
        #expect(writer.flush(within: .seconds(30)))
        #expect(throws: DatabaseError.self) {
            try store.database.write { try $0.execute(sql: "DELETE FROM audit") }
        }
        #expect(throws: DatabaseError.self) {
            try store.database.write { try $0.execute(sql: "UPDATE audit SET weight = 0") }
        }
    }
}
