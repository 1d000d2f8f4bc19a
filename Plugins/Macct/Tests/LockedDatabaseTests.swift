import Foundation
import GRDB
import HookHost
import HookStore
import LinboModel
import LinuxKit
import Logging
import Testing

@testable import Macct

/// The database is locked by somebody else while an image goes live, and Samba is away.
@Suite struct LockedDatabaseTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/linbo-macct-\(UUID().uuidString)"
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func set(_ store: Store, _ audit: AuditWriter) throws -> (plugin: Macct, set: ArrivedSet) {
        let context = PluginContext(
            tree: Tree(root: directory), store: store,
            hosts: HostDirectory(
                schools: directory, addresses: AddressTable(neighbours: "/dev/null", leaseFiles: []), logger: logger),
            setup: SetupFile(path: "\(directory)/setup.ini"), state: directory, audit: audit, logger: logger)
        let plugin = try Macct(try Samples.section("sam: \(directory)/none.ldb\ntimeout: 5s"), context)
        let host = Host(
            name: try #require(HostName("pc01")), room: "r", group: try #require(GroupName("g")),
            mac: try #require(MACAddress("00:11:22:33:44:55")), address: IPAddress("10.0.0.1"),
            source: SourceLocation(file: "devices.csv", line: 1))
        let image = "\(directory)/win11.qcow2"
        try Data("image".utf8).write(to: URL(filePath: image))
        let client = Client(
            address: IPAddress(v4: 0x0A00_0001), host: host, recognition: .address(host.source))
        return (
            plugin,
            ArrivedSet(
                name: try #require(ImageName("win11.qcow2")),
                image: .init(absolutePath: image, status: try #require(FileStatus(at: image))), isNewImage: true,
                sidecars: [:], uploader: client)
        )
    }

    @Test("N20, B11: the image waits until its account is at least queued, and no row of the audit log is lost")
    func locked() async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        // The least patience that there is.
        let store = try Store(directory: directory, migrations: Macct.migrations, patience: .seconds(1))
        let audit = AuditWriter(store.audit, logger: logger)
        let (plugin, set) = try set(store, audit)
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let locker = try DatabaseQueue(path: "\(directory)/\(Store.fileName)", configuration: configuration)
        try await locker.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        await #expect(throws: PublishLater.self) { try await plugin.publishing(set) }
        // What is told meanwhile waits in memory, and holds nobody up.
        Ledger(plugin.context).add(
            work: .capture, host: "pc01", image: set.name.text, outcome: "failed", note: "test", address: nil,
            since: nil)
        #expect(!audit.flush(within: .zero))
        try await locker.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        let sidecars = try await plugin.publishing(set)
        #expect(sidecars.map(\.suffix) == [".macct"] && sidecars.first?.bytes == nil)
        #expect(try MachineAccountQueue(database: store.database).list().map(\.work) == [.capture])
        #expect(audit.flush(within: .seconds(30)))
        let told = try store.audit.entries(.init()).map(\.outcome)
        #expect(told == [OutcomeWord(rawValue: "failed"), OutcomeWord(rawValue: "queued")])
    }
}
