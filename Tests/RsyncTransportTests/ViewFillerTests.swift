import Foundation
import HookConfig
import HookHost
import HookTesting
import HookWire
import LinboModel
import LinuxKit
import Logging
import Synchronization
import Testing

@testable import RsyncTransport

/// What one connection finds in its view, when a plugin, the disk or another client is in the way.
@Suite final class ViewFillerTests {
    /// Refuses, hides, breaks, and has a file that is not there, by the name.
    private struct Moody: HookPlugin, DirectoryContributor {
        static let name: PluginName = "moody"
        let claims: [PathPattern] = ["mixed/*"]

        init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {}
        init() {}

        func names(in directory: TreePath, for client: Client) -> [String] {
            directory.text == "mixed" ? ["own"] : []
        }

        func resolve(_ request: Request, next: Next) async throws -> Resolution {
            let content = try await next(request)
            switch (request.path.name, content) {
            case ("refused", _): throw Refusal("not now")
            case ("broken", _): throw POSIXError(.EIO)
            case ("hidden", _): return Resolution(.nothing(.hidden("spent")))
            case ("own", _): return Resolution(.made(MadeContent([1, 2], token: "t")))
            case ("gone", .file(let file)):
                return Resolution(
                    .file(TreeFile(path: file.path, absolutePath: file.absolutePath + ".not", status: file.status)))
            default: return Resolution(content)
            }
        }
    }

    private let directory = FileManager.default.temporaryDirectory.path + "/filler-\(UUID().uuidString)"
    private let paths: ViewPaths
    private let view: View
    private let log = LogLines()
    private let client: Client

    init() throws {
        paths = ViewPaths(base: "\(directory)/base")
        view = View(address: "10.0.0.5", paths: paths, group: nil)
        client = Client(
            address: try #require(IPAddress("10.0.0.5")), host: nil, recognition: .unknown("test"))
        for path in ["base", "tree/mixed", "tree/many"] {
            try FileManager.default.createDirectory(atPath: "\(directory)/\(path)", withIntermediateDirectories: true)
        }
        try LiveRecords(paths: paths).prepare()
        mkdir(view.root, 0o755)
        for name in ["refused", "broken", "hidden", "gone", "plain"] {
            try Disk.write(Array(name.utf8), to: "\(directory)/tree/mixed/\(name)")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// - Parameter options: rsync's letters, such as `r`.
    private func filler(
        _ names: [String], _ options: String = "r", turns: FillTurns = FillTurns(), holdsView: Bool = true,
        isAbandoned: @escaping @Sendable () -> Bool = { false }
    ) -> ViewFiller {
        let log = log
        let logger = Logger(label: "test") { _ in log }
        let words = ["rsyncd", "--server", "--sender", "-\(options)e.iLsfxCIvu", "."] + names
        return ViewFiller(
            runtime: Runtime(plugins: [Moody()], tree: Tree(root: "\(directory)/tree"), logger: logger), view: view,
            client: client, arguments: RsyncArguments(words.map { Array($0.utf8) }),
            connection: ConnectionID(process: 1, started: 1),
            ticket: Ticket(asked: 1, address: "10.0.0.5", host: nil, intent: .fetch),
            ballast: Ballast(paths, logger: logger), logger: logger, isAbandoned: isAbandoned, turns: turns,
            holdsView: { holdsView })
    }

    @Test("in a directory one file's trouble is that file's alone, and each is told")
    func mixed() async throws {
        var filler = filler(["mixed/"])
        try await filler.placeAll()
        #expect(view.names(in: try TreePath("mixed")).sorted() == ["broken", "own", "plain"])
        var decisions: [String: Decision] = [:]
        for delivery in filler.ticket.deliveries where delivery.path != "mixed" {
            decisions[String(delivery.path.dropFirst(6))] = delivery.decision
        }
        #expect(decisions == ["own": .made, "refused": .hidden, "hidden": .hidden, "gone": .failed])
        let directory = try #require(filler.ticket.deliveries.first { $0.path == "mixed" })
        #expect(directory.reason == "6 entries")
        #expect(filler.ticket.deliveries.compactMap(\.claim?.token) == ["t"])
        #expect(log.all.contains { $0.contains("mixed/gone for 10.0.0.5: link ") })
    }

    @Test("by its own name what is refused is refused; what was placed until then stands in the ticket")
    func byName() async throws {
        var filler = filler(["mixed/own", "mixed/refused", "mixed/plain"], "")
        await #expect(throws: Refusal("not now")) { try await filler.placeAll() }
        #expect(filler.ticket.deliveries.map(\.path) == ["mixed/own"])
        #expect(filler.ticket.deliveries.first?.claim?.token == "t")
    }

    @Test("what an earlier connection left, and is there no more, goes with a download and stays with a look")
    func left() async throws {
        let hidden = try TreePath("mixed/hidden")
        try view.place(MadeContent([1]), at: hidden)
        try view.place(MadeContent([1]), at: TreePath("mixed/sub/unknown"))
        for names in [["mixed/"], ["mixed/hidden"]] {
            var look = filler(names, "nr")
            try await look.placeAll()
            #expect(view.status(of: hidden) != nil)
        }
        var download = filler(["mixed/"])
        try await download.placeAll()
        #expect(try view.status(of: hidden) == nil && view.status(of: TreePath("mixed/sub")) == nil)
    }

    @Test("bytes of one client's own are placed in no view that is another's by then") func otherOwner() async throws {
        var filler = filler(["mixed/plain", "mixed/own"], "", holdsView: false)
        await #expect(throws: Refusal("10.0.0.5 has got another owner: try again")) { try await filler.placeAll() }
        #expect(view.names(in: try TreePath("mixed")) == ["plain"])
    }

    @Test("who asks for many files waits for a turn, and gives it back, whatever comes of it")
    func turns() async throws {
        for number in 0..<ViewFiller.entriesWithoutTurn { try Disk.write([], to: "\(directory)/tree/many/\(number)") }
        let turns = FillTurns(limit: 1, patience: .zero)
        let other = try #require(IPAddress("10.0.0.6"))
        func isFree() async -> Bool {
            let entering = Task.immediate { await turns.enter(other) }
            guard !turns.isAwaited else { return false }
            defer { turns.leave(other) }
            return await entering.value
        }
        var filler = filler(["many/"], turns: turns)
        try await filler.placeAll()
        #expect(view.names(in: try TreePath("many")).count == ViewFiller.entriesWithoutTurn)
        try #require(await isFree())
        var abandoned = self.filler(["many/"], turns: turns, isAbandoned: { true })
        await #expect(throws: Refusal("nobody waits for it any more")) { try await abandoned.placeAll() }
        try #require(await isFree())
        // Another one has the turn for longer than anybody waits.
        #expect(await turns.enter(other))
        var late = self.filler(["many/"], turns: turns)
        async let release: Void = {
            while !turns.isAwaited { await Task.yield() }
            turns.leave(other)
        }()
        await #expect(throws: Refusal.self) { try await late.placeAll() }
        await release
        try #require(await isFree())
        // With one less, its directory among them, nobody waits.
        #expect(await turns.enter(other))
        unlink("\(directory)/tree/many/0")
        var few = self.filler(["many/"], turns: turns)
        try FileManager.default.removeItem(atPath: view.root + "/many")
        try await few.placeAll()
    }
}
