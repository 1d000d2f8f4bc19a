import Foundation
import HookConfig
import HookHost
import HookStore
import LinboModel
import Logging
import Testing

@testable import OnbootCmd

@Suite final class OffersTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-\(UUID().uuidString)"
    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("B16: a claim for another command than was looked at, which can't be sent, is given back and waits on")
    func grantedAnother() throws {
        let journal = OnbootJournal(
            database: try Store(directory: directory, migrations: OnbootCmd.migrations).database)
        let upload = try journal.add(host: "pc01", command: "upload_image:1", expires: nil, now: 10)
        let claimant = OnbootJournal.Claimant(connection: "1@1", path: "linbocmd/pc01.cmd")
        let claim = try journal.claim(host: "pc01", by: claimant, now: 11, isAlive: { _ in true })
        guard case .granted = claim else {
            Issue.record("\(claim)")
            return
        }
        let offered = try offers(journal).claimed(claim, request())
        guard case .nothing(.hidden(let reason)) = offered?.content else {
            Issue.record("\(String(describing: offered))")
            return
        }
        #expect(reason.contains("held back"), "\(reason)")
        #expect(try journal.entry(upload)?.state == .queued)
    }

    /// Without secrets: what needs the password can't be sent.
    private func offers(_ journal: OnbootJournal) throws -> Offers {
        let place = SourceLocation(file: "config.yaml", line: 1, column: 1)
        let node = try ConfigNode(yaml: "secrets: \(directory)/none", file: "config.yaml")
        let hosts = HostDirectory(schools: directory, addresses: AddressTable(leaseFiles: []), logger: quiet)
        let context = PluginContext(
            tree: Tree(root: directory), store: nil, hosts: hosts, setup: SetupFile(path: "\(directory)/setup.ini"),
            state: directory, logger: quiet)
        return Offers(
            journal: journal, settings: try OnbootSettings(PluginSection(node: node, location: place)),
            context: context)
    }

    private func request() throws -> Request {
        let address = try #require(IPAddress("10.0.0.1"))
        return Request(
            client: Client(address: address, host: nil, recognition: .unknown("")), over: .rsync,
            path: try TreePath("linbocmd/pc01.cmd"), intent: .fetch,
            connection: ConnectionID(process: 1, started: 1))
    }
}
