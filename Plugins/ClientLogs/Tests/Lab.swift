import API
import CZlib
import Foundation
import GRDB
import HookConfig
import HookHost
import HookStore
import HookTesting
import Jobs
import LinboHookd
import LinboModel
import LinuxKit
import Logging
import Synchronization
import Testing

@testable import ClientLogs

/// PCs that a test fills with files.
final class FakePCs: PCReach {
    enum Way: Sendable {
        /// Its ssh answers.
        case open
        /// Nobody listens.
        case refused
        /// It is heard of only when the test wants it, whether anybody waits or not.
        case hanging
    }

    private struct State {
        var way = Way.open
        var files: [String: [UInt8]] = [:]
        var asked: [String] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    struct NoFile: Error, CustomStringConvertible {
        let description = "exit status 1: cat: can't open it"
    }

    struct Refused: Error, CustomStringConvertible {
        let description = "nobody listens at its ssh port"
    }

    private let state = Mutex(State())

    var way: Way {
        get { state.withLock { $0.way } }
        set { state.withLock { $0.way = newValue } }
    }

    /// `pc01 127.0.0.2 /tmp/linbo.log`, one for each file that was asked for.
    var asked: [String] { state.withLock { $0.asked } }

    func put(_ bytes: [UInt8]?, at path: String) { state.withLock { $0.files[path] = bytes } }
    func put(_ text: String, at path: String) { put(Array(text.utf8), at: path) }

    /// Whoever waits goes on.
    func release() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func read(
        _ paths: [String], of host: LinboModel.Host, at address: IPAddress, most: Int, answering patience: Duration,
        within limit: Duration
    ) async throws -> [Result<[UInt8], any Error>] {
        let way = state.withLock { state in
            state.asked += paths.map { "\(host.name) \(address) \($0)" }
            return state.way
        }
        switch way {
        case .open: break
        case .refused: throw Refused()
        case .hanging:
            await withCheckedContinuation { waiter in
                let hangs = state.withLock { state in
                    if state.way == .hanging { state.waiting.append(waiter) }
                    return state.way == .hanging
                }
                if !hangs { waiter.resume() }
            }
        }
        return state.withLock { state in
            paths.map { path in
                guard let bytes = state.files[path] else { return .failure(NoFile()) }
                return bytes.count <= most ? .success(bytes) : .failure(SystemError("read", path, code: EFBIG))
            }
        }
    }
}

/// The plugin, with PCs of the test's own: pc01 is 127.0.0.2, and so on.
final class Lab {
    let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-logs-\(UUID().uuidString)"
    let pcs = FakePCs()
    let log = LogLines()
    let store: Store
    let hosts: HostDirectory
    let plugin: ClientLogs
    private let logger: Logger

    init(_ settings: String = "", hosts count: Int = 4, verifyMAC: MACCheck = .never) throws {
        try FileManager.default.createDirectory(
            atPath: "\(directory)/tree/log", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: "\(directory)/schools/default-school", withIntermediateDirectories: true)
        try Data((1...count).map { deviceRow($0) }.joined().utf8)
            .write(to: URL(filePath: "\(directory)/schools/default-school/devices.csv"))
        logger = Logger(label: "lab") { [log] _ in log }
        store = try Store(directory: "\(directory)/state", migrations: Store.migrations(of: [ClientLogs.self]))
        hosts = HostDirectory(
            schools: "\(directory)/schools",
            addresses: AddressTable(neighbours: "\(directory)/arp", leaseFiles: [], check: verifyMAC), logger: logger)
        hosts.refresh()
        let context = PluginContext(
            tree: Tree(root: "\(directory)/tree"), store: store, hosts: hosts,
            setup: SetupFile(path: "\(directory)/setup.ini"), state: "\(directory)/state", pcs: pcs, logger: logger)
        // A busy machine takes its time.
        let wait = settings.contains("wait:") ? "" : "\nwait: 30s"
        plugin = try ClientLogs(try PluginSection(yaml: settings + wait), context)
    }

    deinit {
        pcs.release()
        try? FileManager.default.removeItem(atPath: directory)
    }

    var keeper: Keeper { plugin.keeper }
    static let pc01 = HostName("pc01")

    // MARK: Clients

    /// Why a client gets nothing: it never gets anything else.
    @discardableResult
    func ask(
        _ path: String = "tmp/linbo.log", as host: Int = 1, over transport: Transport = .rsync, intent: Intent = .fetch,
        manner: Manner = .byName, proof: Proof = .given
    ) async throws -> String {
        let request = Request(
            client: hosts.client(at: try #require(IPAddress("127.0.0.\(host + 1)"))), over: transport,
            path: try TreePath(path), intent: intent, manner: manner,
            connection: ConnectionID(process: 1, started: 1), proof: proof)
        let resolution = try await plugin.resolve(request, next: Next { _ in .nothing(.missing) })
        guard case .nothing(let absence) = resolution.content else {
            Issue.record("something was sent: \(resolution.content)")
            return ""
        }
        return absence.description
    }

    /// The daemon does jobs until `body` is done.
    func working(_ body: () async throws -> Void) async throws {
        let runner = JobRunner(
            JobQueue(store), kinds: { [plugin] in plugin.jobKinds }, worker: "test", signal: plugin.context.jobSignal,
            isAlive: { _ in true }, events: { _ in }, logger: logger)
        let work = Task { await runner.run() }
        let result = await Result { try await body() }
        work.cancel()
        await work.value
        try result.get()
    }

    var jobs: [Job] { get throws { try JobQueue(store).list() } }

    func ask<Question: APIOperation>(_ question: Question) async throws -> Question.Answer {
        let handlers = ClientLogs.handlers(among: { [plugin] in [plugin] }, file: "c.yaml")
        let handler = try #require(handlers.first { $0.operation == Question.self })
        let answer = try await handler(APICoding.encoded(question), by: Actor(name: "anna"))
        return try APICoding.decoded(Question.Answer.self, from: answer)
    }

    // MARK: Files

    func write(_ text: String, to path: String) throws {
        let url = URL(filePath: "\(directory)/\(path)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    /// nil: it is not there.
    func read(_ path: String) -> String? {
        (try? Data(contentsOf: URL(filePath: "\(directory)/\(path)"))).map { String(decoding: $0, as: UTF8.self) }
    }

    /// In our own copy of pc01.
    func own(_ name: String) -> String? { read("state/client-logs/pc01/\(name)") }

    func mode(_ path: String) -> UInt32? { FileStatus(at: "\(directory)/\(path)")?.mode }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

/// A gzip file whose bytes are stored as they are.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    func little(_ number: Int, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var rest = bytes[...]
    repeat {
        let block = rest.prefix(65_535)
        rest = rest.dropFirst(block.count)
        file += [rest.isEmpty ? 1 : 0] + little(block.count, 2) + little(~block.count, 2) + block
    } while !rest.isEmpty
    let sum = bytes.withUnsafeBufferPointer { crc32(0, $0.baseAddress, uInt($0.count)) }
    return file + little(Int(sum), 4) + little(bytes.count, 4)
}

func gzip(_ text: String) -> [UInt8] { gzip(Array(text.utf8)) }
