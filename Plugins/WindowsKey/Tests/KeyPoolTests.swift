import Foundation
import HookConfig
import HookHost
import HookStore
import HookTesting
import LinboModel
import Testing

@testable import WindowsKey

@Suite struct KeyPoolTests {
    private static let two = "windows;\(Sample.first);1;first\nwindows;\(Sample.second);1;second\n"
    private static let first = "winkey=\(Sample.first)\n"
    private static let second = "winkey=\(Sample.second)\n"

    @Test func leasesStayAndRunOut() async throws {
        let lab = try Lab()
        try lab.pool(Self.two)
        let desk = try lab.desk(lab.poolYAML())
        #expect(try await desk.text("x.winkey", as: 2) == Self.first)
        #expect(try await desk.text("x.winkey", as: 3) == Self.second)
        for _ in 1...3 { #expect(try await desk.text("x.winkey", as: 2) == Self.first) }
        let restarted = try lab.desk(lab.poolYAML())
        #expect(try await restarted.text("x.winkey", as: 3) == Self.second)
    }

    @Test func exhaustedPoolGivesNothingAndSaysSo() async throws {
        let lab = try Lab()
        try lab.pool("windows;\(Sample.first);1\n")
        let desk = try lab.desk(lab.poolYAML())
        _ = try await desk.answer("x.winkey", as: 2)
        let answer = try await desk.answer("x.winkey", as: 3)
        #expect(answer.hiddenReason == "pc03 has no key")
        #expect(answer.remarks == ["the pool has no windows key left"])
    }

    @Test func ownKeyWinsAndLeasesNothing() async throws {
        let lab = try Lab()
        try lab.pool(Self.two)
        let store = try lab.store()
        let desk = try lab.desk(lab.poolYAML(), store: store)
        #expect(try await desk.text("x.winkey")?.hasPrefix("winkey=\(Sample.windows)\n") == true)
        #expect(try KeyLedger(database: store.database).leases().isEmpty)
    }

    @Test func probesLeaseNothing() async throws {
        let lab = try Lab()
        try lab.pool(Self.two)
        try lab.write("@@windows_key@@", to: "tree/a.reg")
        let store = try lab.store()
        let desk = try lab.desk(lab.poolYAML(), store: store)
        for path in ["x.winkey", "a.reg"] {
            let seen = try await desk.answer(path, as: 2, intent: .probe).made
            #expect(try KeyLedger(database: store.database).leases().isEmpty)
            #expect(try await desk.fetch(path, as: 2) == seen)
            _ = try KeyLedger(database: store.database).release(host: "pc02")
        }
    }

    @Test func filesWithoutAPlaceForAKeyLeaseNone() async throws {
        let lab = try Lab()
        try lab.pool(Self.two)
        try lab.write("REGEDIT4\n\"Domain\"=\"x\"\n", to: "tree/a.reg")
        try lab.write("<u><ComputerName/></u>", to: "tree/unattend.xml")
        let store = try lab.store()
        let desk = try lab.desk(lab.poolYAML(), store: store)
        for path in ["a.reg", "unattend.xml"] { #expect(try await desk.text(path, as: 2) != nil) }
        #expect(try KeyLedger(database: store.database).leases().isEmpty)
    }

    @Test func officeKeysAreCountedForThemselves() async throws {
        let lab = try Lab()
        try lab.pool("windows;\(Sample.first);1\noffice;\(Sample.second);1\n")
        let desk = try lab.desk(lab.poolYAML())
        let text = try await desk.text("x.winkey", as: 2)
        #expect(text == Self.first + "officekey=\(Sample.second)\n")
    }

    @Test func withoutADatabaseNoPoolKey() async throws {
        let lab = try Lab()
        try lab.pool(Self.two)
        let desk = try lab.desk(lab.poolYAML(), store: nil)
        let answer = try await desk.answer("x.winkey", as: 2)
        #expect(answer.hiddenReason != nil && answer.remarks.first?.contains("database") == true)
        #expect(try await desk.text("x.winkey") != nil, "a host's own key needs none")
    }

    /// Two processes, each with its own connection, ask for the last activation at the same time.
    @Test func twoHostsRaceForTheLastActivation() async throws {
        for _ in 1...5 {
            let lab = try Lab()
            try lab.pool("windows;\(Sample.first);1\n")
            let desks = [try lab.desk(lab.poolYAML()), try lab.desk(lab.poolYAML())]
            let won = try await withThrowingTaskGroup(of: Bool.self) { group in
                for (index, desk) in desks.enumerated() {
                    group.addTask { try await desk.text("x.winkey", as: index + 2) != nil }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 1)
        }
    }
}

/// The file behind the pool changes while the daemon runs.
@Suite struct KeyPoolReloadTests {
    private func open(_ lab: Lab) throws -> KeyPool {
        try KeyPool(path: lab.poolPath, at: SourceLocation(file: "config.yaml", line: 3, column: 5))
    }

    @Test func readsAChangedFileAgain() throws {
        let lab = try Lab()
        try lab.pool("windows;\(Sample.first);1\n")
        let pool = try open(lab)
        try lab.pool("windows;\(Sample.second);2\nwindows;nonsense;2\n")
        #expect(pool.keys(.windows).map(\.key.text) == [Sample.second])
        #expect(pool.problems().map(\.location.line) == [2])
        try lab.pool("windows;\(Sample.second);2\n")
        #expect(pool.problems().isEmpty)
    }

    @Test(arguments: ["", "# only a comment\n", "windows;nonsense;1\n"])
    func keepsTheOldKeysIfNoneIsLeft(_ text: String) throws {
        let lab = try Lab()
        try lab.pool("windows;\(Sample.first);1\n")
        let pool = try open(lab)
        try lab.pool(text)
        #expect(pool.keys(.windows).count == 1)
        #expect(pool.problems().first?.what == "no key in the key pool; its last keys are kept")
    }

    @Test func keepsTheOldKeysOfAFileThatIsGone() throws {
        let lab = try Lab()
        try lab.pool("windows;\(Sample.first);1\n")
        let pool = try open(lab)
        try FileManager.default.removeItem(atPath: lab.poolPath)
        #expect(pool.keys(.windows).count == 1)
        #expect(pool.problems().first?.what == "the file is gone; its last keys are kept")
        try FileManager.default.createDirectory(atPath: lab.poolPath, withIntermediateDirectories: false)
        #expect(pool.keys(.windows).count == 1)
        #expect(pool.problems().first?.what.contains("can't be read") == true)
        try FileManager.default.removeItem(atPath: lab.poolPath)
        try lab.pool("windows;\(Sample.second);1\n")
        #expect(pool.keys(.windows).map(\.key.text) == [Sample.second])
        #expect(pool.problems().isEmpty)
    }

    @Test func anUnreadableFileAtStartIsAConfigurationError() throws {
        let lab = try Lab()
        let error = try #require(throws: ConfigError.self) { try lab.desk(lab.poolYAML(), store: nil).plugin }
        #expect(error.description.hasPrefix("config.yaml:2:7: the key pool can't be read: open \(lab.poolPath)"))
    }

    @Test(arguments: [0o644, 0o602, 0o666] as [mode_t])
    func aPoolThatOthersMayReadIsToldOf(_ mode: mode_t) throws {
        let lab = try Lab()
        try lab.pool("windows;\(Sample.first);1\n")
        let plugin = try lab.desk(lab.poolYAML(), store: nil).plugin
        #expect(plugin.problems().isEmpty)
        // No time of the file changes.
        chmod(lab.poolPath, mode)
        let problem = try #require(plugin.problems().first)
        #expect(problem.severity == .warning)
        #expect(
            problem.description
                == "\(lab.poolPath):1: every user of this server may read or write the key pool; chmod 600 \(lab.poolPath)"
        )
    }

    @Test func anEmptyFileAtStartIsAProblem() throws {
        let lab = try Lab()
        try lab.pool("")
        #expect(try lab.desk(lab.poolYAML(), store: nil).plugin.problems().map(\.what) == ["no key in the key pool"])
    }
}
