import Foundation
import Glibc
import HookTesting
import LinboModel
import LinuxKit
import Logging
import Testing

@testable import GrubImg

/// Programs that fail, hang or leave half an image, and the cache that they fill.
@Suite struct ImageFaultTests {
    private let lab: Lab

    init() throws { lab = try Lab() }

    private static let recipe = ImageRecipe.host(
        GrubDirectory.Parts(platform: .bios, directory: "/none", modules: ["normal"], digest: [1]), first: "a",
        menu: [1])

    private var cache: ImageCache { ImageCache(directory: "\(lab.directory)/cache") }
    private var names: [String] { FileTree.names(in: "\(lab.directory)/cache") }

    private func sh(_ script: String, within limit: Duration = .seconds(600)) throws {
        try ToolRun(program: "/bin/sh", arguments: ["-c", script]).run(within: limit)
    }

    @Test("a program that says no more is killed at its limit all the same") func silent() async throws {
        let (path, lab) = ("\(lab.directory)/pid", lab)
        let failure = Task {
            await NamedThread.run("test tool") {
                Result {
                    try ToolRun(program: "/bin/sh", arguments: ["-c", "echo $$ >\(path); exec sleep 3600 2>&-"])
                        .run(within: .seconds(10))
                }
            }
        }
        try await eventually("it runs") { FileStatus(at: path)?.size ?? 0 > 1 }
        let process = try #require(pid_t(String(contentsOfFile: path, encoding: .utf8).dropLast()))
        defer { withExtendedLifetime(lab) { _ = kill(process, SIGKILL) } }
        try await eventually("it is gone") { kill(process, 0) != 0 }
        let result = await failure.value
        #expect(throws: ImageFailure.self) { try result.get() }
    }

    @Test("a program's last words are told, however many there are; one that closes them early may end well")
    func words()
        throws
    {
        let failure = #expect(throws: ImageFailure.self) { try sh("echo one >&2; echo two >&2; exit 3") }
        #expect(failure?.description == "/bin/sh failed: one two")
        let long = #expect(throws: ImageFailure.self) { try sh("yes x | head -c 300000 >&2; exit 1") }
        #expect((long?.description.utf8.count).map { (300...450).contains($0) } == true)
        #expect(throws: ImageFailure.self) { try sh("kill -9 $$") }
        try sh("exec 2>&-; sleep 0.05; exit 0")
        try sh("echo warning >&2")
        #expect(throws: ImageFailure.self) { try sh("exec 2>&-; sleep 0.05; exit 1") }
        #expect(throws: SystemError.self) { try ToolRun(program: "/none", arguments: []).run(within: .seconds(1)) }
    }

    @Test("what a failed program left is no image, and nothing of it stays") func leftovers() throws {
        let bodies: [(String, ([String]) throws -> Void)] = [
            ("fails", { _ in throw ImageFailure("own") }), ("leaves nothing", { _ in }),
            ("leaves an empty file", { close(open($0[7], O_CREAT | O_WRONLY, 0o600)) }),
            ("leaves a link", { symlink("/etc/passwd", $0[7]) }),
            (
                "dies in the middle",
                {
                    try AtomicFile.replace($0[7], with: [1, 2], mode: 0o644)
                    throw ImageFailure("own")
                }
            ),
        ]
        for (what, body) in bodies {
            #expect(throws: ImageFailure.self, "\(what)") { try cache.make(Self.recipe, body) }
            #expect(names.isEmpty && cache.ready(Self.recipe) == nil, "\(what): \(names)")
        }
        let made = try cache.make(Self.recipe) { arguments in
            #expect(arguments[6] == "-o" && arguments[8] == "-m" && FileStatus(at: arguments[9])?.mode == 0o600)
            try AtomicFile.replace(arguments[7], with: [1, 2], mode: 0o644)
        }
        #expect(made.status.size == 2 && made.status.mode == 0o600 && names == ["\(Self.recipe.digest).img"])
    }

    @Test("what a power cut left goes after an hour; images stay, also old ones, and a use makes them young")
    func pruning()
        throws
    {
        for name in ["a.img", "a.img.x.new", "a.img.x.new.tar", "young.new"] { try lab.write("x", to: "cache/\(name)") }
        let old = timeval(tv_sec: 1_000_000, tv_usec: 0)
        for name in ["a.img", "a.img.x.new", "a.img.x.new.tar"] {
            utimes("\(lab.directory)/cache/\(name)", [old, old])
        }
        cache.prune()
        #expect(names == ["a.img", "young.new"])
        let image = try cache.make(Self.recipe) { try AtomicFile.replace($0[7], with: [1], mode: 0o600) }
        utimes(image.path, [old, old])
        #expect(try #require(cache.ready(Self.recipe)).status.modified > 1_000_000)
    }

    @Test("all who wait for an image are told that it failed, and the next one has it tried anew") func failures()
        async throws
    {
        let maker = ImageMaker(
            cache: cache, program: "/bin/false", jobs: 1, within: .seconds(600),
            logger: Logger(label: "test") { [log = lab.log] _ in log })
        for round in 1...2 {
            let failed = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 { group.addTask { (try? await maker.image(Self.recipe)) == nil } }
                return await group.reduce(true) { $0 && $1 }
            }
            #expect(failed && lab.log.all.count >= round && maker.count == 0)
        }
        _ = try cache.make(Self.recipe) { try AtomicFile.replace($0[7], with: [7], mode: 0o600) }
        #expect(try await maker.image(Self.recipe).status.size == 1)
        #expect(names == ["\(Self.recipe.digest).img"])
    }

    @Test("two recipes that differ in anything have two digests") func digests() {
        func recipe(_ change: (inout (String, [UInt8], [String], [UInt8], Platform)) -> Void) -> String {
            var all: (String, [UInt8], [String], [UInt8], Platform) = ("ab", [1, 2], ["x", "y"], [9], .bios)
            change(&all)
            let parts = GrubDirectory.Parts(platform: all.4, directory: "/d", modules: all.2, digest: all.3)
            return ImageRecipe.host(parts, first: all.0, menu: all.1).digest
        }
        let digests = [
            recipe { _ in }, recipe { $0.0 = "abc" }, recipe { $0.1 = [1] }, recipe { $0.2 = ["xy"] },
            recipe { $0.2 = ["x y"] },
            recipe { $0.3 = [8] }, recipe { $0.4 = .efi64 }, recipe { ($0.0, $0.1) = ("a", [0x62, 1, 2]) },
        ]
        #expect(Set(digests).count == digests.count && digests.allSatisfy { $0.utf8.count == 64 })
        #expect(recipe { _ in } == digests[0])
    }
}
