import GRDB
import HookHost
import HookStore
import HookTesting
import LinboModel
import LinuxKit
import Testing

@testable import Macct

/// The database is locked by somebody else while an image goes live, and Samba is away.
@Suite struct LockedDatabaseTests {
    private let lab: PluginLab<Macct>

    init() throws { lab = try PluginLab() }

    private func set() throws -> ArrivedSet {
        let host = Host(
            name: try #require(HostName("pc01")), room: "r", group: try #require(GroupName("g")),
            mac: try #require(MACAddress("00:11:22:33:44:55")), address: IPAddress("10.0.0.1"),
            source: SourceLocation(file: "devices.csv", line: 1))
        let image = "\(lab.directory)/win11.qcow2"
        try lab.write("image", to: "win11.qcow2")
        let client = Client(
            address: IPAddress(v4: 0x0A00_0001), host: host, recognition: .address(host.source))
        return ArrivedSet(
            name: try #require(ImageName("win11.qcow2")),
            image: .init(absolutePath: image, status: try #require(FileStatus(at: image))), isNewImage: true,
            sidecars: [:], uploader: client)
    }

    @Test("the image waits until its account is at least queued, and no row of the audit log is lost")
    func locked() async throws {
        // The least patience that there is.
        let store = try Store(directory: lab.directory, migrations: Macct.migrations, patience: .seconds(1))
        let desk = try lab.desk("sam: \(lab.directory)/none.ldb\ntimeout: 5s", store: store)
        let (plugin, audit, set) = (desk.plugin, try #require(desk.plugin.context.audit), try set())
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let locker = try DatabaseQueue(path: "\(lab.directory)/\(Store.fileName)", configuration: configuration)
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
