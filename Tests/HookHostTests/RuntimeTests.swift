import Foundation
import HookConfig
import HookHost
import LinboModel
import Logging
import Testing

/// The chain: order, transformation, failure, refusal, and links between names.
@Suite struct RuntimeTests {
    /// Does what its closure says with what `next` gives.
    struct Fake: HookPlugin {
        static let name: PluginName = "fake"
        let claims: [PathPattern]
        let act: @Sendable (Request, Next) async throws -> Resolution

        init(_ section: PluginSection, _ services: Services) throws(ConfigError) {
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

    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("linbo-hookd-\(UUID().uuidString)")

    private func file(_ path: String, _ text: String) throws {
        let url = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private func answer(_ path: String, _ plugins: [any HookPlugin]) async throws -> Runtime.Answer {
        let runtime = Runtime(
            plugins: plugins, tree: Tree(root: folder.path),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let address = try #require(IPAddress("10.0.0.5"))
        let client = Client(address: address, host: nil, recognition: .unknown("test"))
        return try await runtime.resolve(
            Request(
                client: client, path: try TreePath(path), intent: .fetch,
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

    @Test func aNameMeansTheSameThroughALinkedFolder() async throws {
        try file("secret/a.x", "a")
        try FileManager.default.createSymbolicLink(
            atPath: folder.appendingPathComponent("door").path, withDestinationPath: "secret")
        let hiding = Fake(["secret/*"]) { _, _ in Resolution(.nothing(.hidden("no"))) }
        let answer = try await answer("door/a.x", [hiding])
        #expect(answer.path.text == "secret/a.x")
        #expect(try text(answer) == nil)
    }

    @Test func aTemplateThroughALinkHasItsTargetsRules() async throws {
        try file("secret/a.txt", "a")
        try FileManager.default.createSymbolicLink(
            atPath: folder.appendingPathComponent("b.x").path, withDestinationPath: "secret/a.txt")
        let hiding = Fake(["secret/*"]) { _, _ in Resolution(.nothing(.hidden("no"))) }
        #expect(try text(try await answer("b.x", [appending("1"), hiding])) == nil)
        #expect(try text(try await answer("b.x", [appending("1")])) == "a1")
    }

    @Test func linksInACircleEnd() async throws {
        try file("a.txt", "")
        for (name, target) in [("c.x", "d.x"), ("d.x", "c.x")] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.appendingPathComponent(name).path, withDestinationPath: target)
        }
        #expect(try text(try await answer("c.x", [appending("1")])) == nil)
        #expect(try text(try await answer("c.x/e", [])) == nil)
    }

    /// An admin may keep an image on another disk's folder, and link to it.
    @Test(arguments: [
        "backups", "backups/202611250800/win.qcow2", "win.qcow2.macct", ".win.qcow2.Ab12Cd", "win.qcow2.BAK",
    ])
    func secretsAreHiddenBehindALink(_ name: String) async throws {
        try file("store/win/\(name)\(name == "backups" ? "/file" : "")", "secret")
        try file("images/readme", "")
        try FileManager.default.createSymbolicLink(
            atPath: folder.appendingPathComponent("images/win").path, withDestinationPath: "../store/win")
        // Of a folder of that name elsewhere only what is an image is hidden.
        for way in name == "backups" ? ["images/win"] : ["images/win", "store/win"] {
            guard case .nothing(.hidden) = try await answer("\(way)/\(name)", []).content else {
                Issue.record("\(way)/\(name) is shown")
                continue
            }
        }
    }

    @Test func whatIsHiddenByItsNameStaysSoWhereverItsFolderLies() async throws {
        try file("data/log/pc01.log", "secret")
        try FileManager.default.createSymbolicLink(
            atPath: folder.appendingPathComponent("log").path, withDestinationPath: "data/log")
        #expect(try text(try await answer("log/pc01.log", [])) == nil)
    }

    @Test(arguments: ["log/a.log", "images/win/backups/1/win.qcow2.macct", "win.qcow2.macct", "linbocmd/pc01.cmd"])
    func secretsAreHiddenWhateverPluginsThereAre(_ path: String) async throws {
        try file(path, "secret")
        #expect(try text(try await answer(path, [])) == nil)
    }
}
