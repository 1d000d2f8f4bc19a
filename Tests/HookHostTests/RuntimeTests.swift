import Foundation
import HookConfig
import HookHost
import HookTesting
import LinboModel
import Logging
import Synchronization
import Testing

/// The chain: order, transformation, failure, refusal, and links between names.
@Suite final class RuntimeTests: Sendable {
    /// Does what its closure says with what `next` gives.
    struct Fake: HookPlugin {
        static let name: PluginName = "fake"
        let claims: [PathPattern]
        let act: @Sendable (Request, Next) async throws -> Resolution

        init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {
            claims = []
            act = { request, next in Resolution(try await next(request)) }
        }

        init(_ claims: [PathPattern], _ act: @escaping @Sendable (Request, Next) async throws -> Resolution) {
            self.claims = claims
            self.act = act
        }

        func resolve(_ request: Request, next: Next) async throws -> Resolution {
            try await act(request, next)
        }
    }

    struct Broken: Error {}

    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("linbo-hookd-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: directory) }

    private func file(_ path: String, _ text: String) throws {
        let url = directory.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private func answer(
        _ path: String, _ plugins: [any HookPlugin], limit: Duration = .seconds(60)
    ) async throws -> Runtime.Answer {
        let runtime = Runtime(
            plugins: plugins, tree: Tree(root: directory.path), limit: limit,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let address = try #require(IPAddress("10.0.0.5"))
        let client = Client(address: address, host: nil, recognition: .unknown("test"))
        return try await runtime.resolve(
            Request(
                client: client, over: .rsync, path: try TreePath(path), intent: .fetch,
                connection: ConnectionID(process: 1, started: 1)))
    }

    private func text(_ answer: Runtime.Answer) throws -> String? {
        switch answer.content {
        case .made(let made): String(decoding: made.bytes, as: UTF8.self)
        case .file(let file): String(decoding: try file.read(limit: 1000), as: UTF8.self)
        default: nil
        }
    }

    private func appending(_ suffix: String) -> Fake {
        Fake(["**/*.x"]) { request, next in
            let suffix = Array(suffix.utf8)
            switch try await next(request) {
            case .file(let file): return Resolution(.made(MadeContent(try file.read(limit: 1000) + suffix)))
            case .made(let made): return Resolution(.made(MadeContent(made.bytes + suffix)))
            case let other: return Resolution(other)
            }
        }
    }

    @Test(
        "a plugin that hangs is passed by after its limit, blocking its thread or not, and the trace says so",
        arguments: [true, false])
    func hangs(_ blocks: Bool) async throws {
        try file("a.x", "a")
        let release = DispatchSemaphore(value: 0)
        let isLate = Mutex<(@Sendable () -> Bool)?>(nil)
        let hanging = Fake(["*.x"]) { request, _ in
            isLate.withLock { $0 = request.isAbandoned }
            if blocks { Self.wait(release) } else { try await Task.sleep(for: .seconds(3600)) }
            return Resolution(.made(MadeContent(Array("too late".utf8))))
        }
        let answer = try await answer("a.x", [hanging, appending("1")], limit: .seconds(3))
        release.signal()
        #expect(try text(answer) == "a1")
        guard case .failed(let reason) = answer.trace.steps.first?.action else {
            Issue.record("\(answer.trace)")
            return
        }
        #expect(reason.contains("no answer within"), "\(reason)")
        #expect(isLate.withLock { $0 }?() == true)
    }

    private static func wait(_ semaphore: DispatchSemaphore) { semaphore.wait() }

    @Test("calls that hang hold up no other plugin's")
    func manyHang() async throws {
        try file("a.x", "a")
        try file("a.y", "a")
        let release = DispatchSemaphore(value: 0)
        let inside = Atomic(0)
        let hanging = Fake(["*.x"]) { _, _ in
            inside.add(1, ordering: .relaxed)
            Self.wait(release)
            return Resolution(.nothing(.missing))
        }
        let making = Fake(["*.y"]) { _, _ in Resolution(.made(MadeContent([1]))) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { _ = try await self.answer("a.x", [hanging]) } }
            // Each of them blocks a thread, and this one has its answer all the same.
            while inside.load(ordering: .relaxed) < 50 { await Task.yield() }
            guard case .made = try await answer("a.y", [making]).content else {
                Issue.record("it was passed by")
                return
            }
            for _ in 0..<50 { release.signal() }
            try await group.waitForAll()
        }
    }

    @Test("the time that the rest of the chain takes is not the asking plugin's")
    func slowBelow() async throws {
        try file("a.x", "a")
        let hanging = Fake(["*.x"]) { _, _ in
            try await Task.sleep(for: .seconds(3600))
            return Resolution(.nothing(.missing))
        }
        // Those above have waited for as long as a call may take when it is passed by.
        let chain = [appending("1"), appending("2"), hanging, appending("3")]
        let answer = try await answer("a.x", chain, limit: .seconds(3))
        #expect(try text(answer) == "a321", "\(answer.trace)")
        #expect(answer.trace.steps.map(\.plugin).count == 4)
    }

    @Test("what a plugin looks up besides has its own path's chain, from its start, through links")
    func lookUp() async throws {
        try file("menus/a.x", "a")
        try file("one.conf", "conf")
        try FileManager.default.createSymbolicLink(
            at: directory.appendingPathComponent("two.conf"),
            withDestinationURL: directory.appendingPathComponent("one.conf")
        )
        let other = try TreePath("two.conf")
        let asking = Fake(["**/*.x"]) { request, next in
            guard case .made(let made) = try await next(request.asking(for: other)) else {
                return Resolution(.nothing(.missing))
            }
            return Resolution(.made(made))
        }
        // Before the one that asks in the configuration's order, and with a claim on the target alone.
        let making = Fake(["one.conf"]) { request, next in
            guard case .file(let file) = try await next(request) else { return Resolution(.nothing(.missing)) }
            return Resolution(.made(MadeContent(try file.read(limit: 1000) + Array(" for one".utf8))))
        }
        #expect(try text(try await answer("menus/a.x", [making, asking])) == "conf for one")
        #expect(try text(try await answer("menus/a.x", [asking, making])) == "conf for one")
    }

    @Test("plugins that ask for each other's files in a circle end")
    func circle() async throws {
        let (one, two) = (try TreePath("one.x"), try TreePath("two.x"))
        let plugin = Fake(["*.x"]) { request, next in
            Resolution(try await next(request.asking(for: request.path == one ? two : one)))
        }
        guard case .nothing(.hidden) = try await answer("one.x", [plugin]).content else {
            Issue.record("it was found")
            return
        }
    }

    struct Outer: HookPlugin {
        static let name: PluginName = "outer"
        let claims: [PathPattern] = ["*.x"]

        init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) {}
        init() {}

        func resolve(_ request: Request, next: Next) async throws -> Resolution {
            guard case .made(let made) = try await next(request) else { return Resolution(.nothing(.missing)) }
            return Resolution(.made(MadeContent(made.bytes + [10], token: made.token)))
        }
    }

    @Test("a claim's outcome goes to the plugin that made the token, also if another transformed the bytes")
    func owner() async throws {
        let making = Fake(["*.x"]) { _, _ in Resolution(.made(MadeContent([1], token: "t"))) }
        for chain in [[Outer(), making], [making]] as [[any HookPlugin]] {
            let delivery = Delivery(try await answer("a.x", chain))
            #expect(delivery.claim == .init(owner: "fake", token: "t", isOneShot: false))
        }
        #expect(
            Delivery(try await answer("a.x", [Fake(["*.x"]) { _, _ in Resolution(.made(MadeContent([1]))) }])).claim
                == nil)
    }

    @Test("what was done behind a link of the tree is in the trace, for TFTP too")
    func traceBehindLinks() async throws {
        try file("real.y", "y")
        try FileManager.default.createSymbolicLink(
            at: directory.appendingPathComponent("link.x"),
            withDestinationURL: directory.appendingPathComponent("real.y"))
        let making = Fake(["*.y"]) { _, _ in Resolution(.made(MadeContent([1], token: "t"))) }
        let passing = Fake(["*.x"]) { request, next in Resolution(try await next(request)) }
        for chain in [[making], [passing, making]] as [[any HookPlugin]] {
            let runtime = Runtime(
                plugins: chain, tree: Tree(root: directory.path),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let address = try #require(IPAddress("10.0.0.5"))
            let client = Client(address: address, host: nil, recognition: .unknown("test"))
            let delivery = Delivery(
                try await runtime.resolveFollowingLinks(
                    Request(
                        client: client, over: .tftp, path: try TreePath("link.x"), intent: .fetch,
                        connection: ConnectionID(process: 1, started: 1))))
            #expect(delivery.plugin == "fake" && delivery.decision != .plain, "\(delivery)")
            #expect(delivery.claim?.owner == "fake")
        }
    }

    /// Adds names to directories, and takes outcomes in, or fails at both.
    struct Adding: HookPlugin, DirectoryContributor, OutcomeListener {
        static let name: PluginName = "adding"
        let claims: [PathPattern] = []
        let adds: [String]?
        let heard = Heard()

        final class Heard: Sendable { let tokens = Mutex<[String?]>([]) }

        init(_ section: PluginSection, _ context: PluginContext) throws(ConfigError) { adds = nil }
        init(_ adds: [String]?) { self.adds = adds }

        func resolve(_ request: Request, next: Next) async throws -> Resolution { Resolution(try await next(request)) }

        func names(in directory: TreePath, for client: Client) async throws -> [String] {
            guard let adds else { throw Broken() }
            return adds
        }

        func completed(_ outcome: Outcome) async throws {
            heard.tokens.withLock { $0.append(outcome.token) }
            if adds == nil { throw Broken() }
        }
    }

    @Test("a plugin adds names to a directory; what is no name is left out, and one that fails adds none")
    func contributors() async throws {
        try file("a/x", "")
        let odd = ["", ".", "..", "../y", "a/b", "a\nb", "/x", ".linbo-hookd\0", String(repeating: "a", count: 256)]
        let log = LogLines()
        let runtime = Runtime(
            plugins: [Adding(nil), Adding(["y", "x"] + odd), Adding(["z"])], tree: Tree(root: directory.path),
            logger: Logger(label: "test") { _ in log })
        let client = Client(
            address: try #require(IPAddress("10.0.0.5")), host: nil, recognition: .unknown("test"))
        let found = await runtime.entries(of: try TreePath("a"), for: client)
        #expect(found.paths.map(\.text).sorted() == ["a/x", "a/y", "a/z"])
        #expect(await runtime.entries(of: .root, for: client).paths.allSatisfy { (try? TreePath($0.text)) == $0 })
        #expect(log.all.contains { $0.contains("plugin adding: names in a: Broken") })
    }

    @Test("an outcome is told to the plugin that waits for it, and to no other; one that can't take it in ends nothing")
    func outcomes() async throws {
        let (log, failing, other) = (LogLines(), Adding(nil), Fake([]) { _, _ in Resolution(.nothing(.missing)) })
        let runtime = Runtime(
            plugins: [other, failing], tree: Tree(root: directory.path), logger: Logger(label: "test") { _ in log })
        var delivery = Delivery(path: "a", decision: .made)
        for owner in [nil, "fake", "nobody", "adding"] as [PluginName?] {
            delivery.claim = owner.map { .init(owner: $0, token: "of \($0)", isOneShot: true) }
            await runtime.tell(.delivered, of: delivery, to: nil, ConnectionID(process: 1, started: 1))
        }
        #expect(failing.heard.tokens.withLock { $0 } == ["of adding"])
        #expect(log.all.count == 1 && log.all[0].contains("plugin adding: outcome of a: Broken"))
    }

    @Test func whatNobodyClaimsIsTheTreesOwn() async throws {
        try file("a.txt", "a")
        let answer = try await answer("a.txt", [appending("1")])
        #expect(try text(answer) == "a")
        #expect(answer.trace.steps.isEmpty)
    }

    @Test func theFirstPluginSeesWhatTheOthersMade() async throws {
        try file("a.x", "a")
        let answer = try await answer("a.x", [appending("1"), appending("2")])
        #expect(try text(answer) == "a21")
        #expect(answer.trace.steps.map(\.action) == [.transformed, .transformed])
    }

    @Test func aPluginThatFailsIsPassedBy() async throws {
        try file("a.x", "a")
        let broken = Fake(["**"]) { _, _ in throw Broken() }
        let answer = try await answer("a.x", [broken, appending("2")])
        #expect(try text(answer) == "a2")
        #expect(answer.trace.steps.map(\.action) == [.failed("Broken()"), .transformed])
    }

    @Test func aRefusalEndsTheChain() async throws {
        let refusing = Fake(["**"]) { _, _ in throw Refusal("no") }
        await #expect(throws: Refusal("no")) { try await answer("a.x", [refusing, appending("2")]) }
    }

    @Test func aNameMeansTheSameThroughALinkedDirectory() async throws {
        try file("secret/a.x", "a")
        try FileManager.default.createSymbolicLink(
            atPath: directory.appendingPathComponent("door").path, withDestinationPath: "secret")
        let hiding = Fake(["secret/*"]) { _, _ in Resolution(.nothing(.hidden("no"))) }
        let answer = try await answer("door/a.x", [hiding])
        #expect(answer.path.text == "secret/a.x")
        #expect(try text(answer) == nil)
    }

    @Test func aTemplateThroughALinkHasItsTargetsRules() async throws {
        try file("secret/a.txt", "a")
        try FileManager.default.createSymbolicLink(
            atPath: directory.appendingPathComponent("b.x").path, withDestinationPath: "secret/a.txt")
        let hiding = Fake(["secret/*"]) { _, _ in Resolution(.nothing(.hidden("no"))) }
        #expect(try text(try await answer("b.x", [appending("1"), hiding])) == nil)
        #expect(try text(try await answer("b.x", [appending("1")])) == "a1")
    }

    @Test func linksInACircleEnd() async throws {
        try file("a.txt", "")
        for (name, target) in [("c.x", "d.x"), ("d.x", "c.x")] {
            try FileManager.default.createSymbolicLink(
                atPath: directory.appendingPathComponent(name).path, withDestinationPath: target)
        }
        #expect(try text(try await answer("c.x", [appending("1")])) == nil)
        #expect(try text(try await answer("c.x/e", [])) == nil)
    }

    /// An admin may keep an image on another disk's directory, and link to it.
    @Test(arguments: [
        "backups", "backups/202611250800/win.qcow2", "win.qcow2.macct", ".win.qcow2.Ab12Cd", "win.qcow2.BAK",
    ])
    func secretsAreHiddenBehindALink(_ name: String) async throws {
        try file("store/win/\(name)\(name == "backups" ? "/file" : "")", "secret")
        try file("images/readme", "")
        try FileManager.default.createSymbolicLink(
            atPath: directory.appendingPathComponent("images/win").path, withDestinationPath: "../store/win")
        // Of a directory of that name elsewhere only what is an image is hidden.
        for way in name == "backups" ? ["images/win"] : ["images/win", "store/win"] {
            guard case .nothing(.hidden) = try await answer("\(way)/\(name)", []).content else {
                Issue.record("\(way)/\(name) is shown")
                continue
            }
        }
    }

    @Test func whatIsHiddenByItsNameStaysSoWhereverItsDirectoryLies() async throws {
        try file("data/log/pc01.log", "secret")
        try FileManager.default.createSymbolicLink(
            atPath: directory.appendingPathComponent("log").path, withDestinationPath: "data/log")
        #expect(try text(try await answer("log/pc01.log", [])) == nil)
    }

    @Test(arguments: ["log/a.log", "images/win/backups/1/win.qcow2.macct", "win.qcow2.macct", "linbocmd/pc01.cmd"])
    func secretsAreHiddenWhateverPluginsThereAre(_ path: String) async throws {
        try file(path, "secret")
        #expect(try text(try await answer(path, [])) == nil)
    }
}
