import Foundation
import HookHost
import HookWire
import LinboModel
import LinuxKit
import Testing

@testable import RsyncTransport

/// What becomes of a connection, by what rsyncd told and what its files show.
@Suite struct HooksTests {
    /// What happens to a file that may be delivered once, and what its plugin hears.
    struct Fate: Sendable, CustomTestStringConvertible {
        enum Meanwhile: Sendable { case nothing, read, removed, otherOwner }
        enum End: Sendable { case status(Int?), died }
        let meanwhile: Meanwhile
        let end: End
        let told: DeliveryStatus
        /// Whether another connection of the client finds it there afterwards.
        let stays: Bool

        init(_ meanwhile: Meanwhile, _ end: End, _ told: DeliveryStatus, stays: Bool = false) {
            (self.meanwhile, self.end, self.told, self.stays) = (meanwhile, end, told, stays)
        }

        var testDescription: String { "\(meanwhile), \(end)" }
    }

    static let fates = [
        Fate(.read, .status(0), .delivered), Fate(.nothing, .status(0), .untouched),
        Fate(.removed, .status(0), .uncertain(.otherConnection)),
        Fate(.read, .status(23), .uncertain(.incomplete)), Fate(.nothing, .status(23), .failed(.rsync(23))),
        Fate(.read, .status(12), .failed(.rsync(12))), Fate(.read, .status(nil), .uncertain(.noStatus), stays: true),
        Fate(.nothing, .status(nil), .untouched, stays: true), Fate(.read, .died, .uncertain(.died), stays: true),
        Fate(.nothing, .died, .untouched, stays: true), Fate(.removed, .died, .uncertain(.died)),
        Fate(.otherOwner, .status(0), .uncertain(.otherOwner), stays: true),
    ]

    @Test(
        "what may be delivered once: its plugin hears once what became of it",
        .enabled(if: Disk.keepsAccessTimes(in: NSTemporaryDirectory()), "temporary files are mounted noatime"),
        arguments: fates)
    func onlyOnce(_ fate: Fate) async throws {
        let lab = try HookLab()
        let (server, other) = (try Sleeper(), try Sleeper())
        for sleeper in [server, other] {
            #expect(await lab.call(.early, sleeper.process) == HookReply(.proceed))
        }
        #expect(await lab.call(.pre, server.process, ["once/a"]) == HookReply(.proceed))
        let path = try TreePath("once/a")
        switch fate.meanwhile {
        case .nothing: break
        case .read: #expect(try FileBytes.read(lab.view.absolute(path), limit: 100).bytes == [1, 2, 3])
        case .removed: lab.view.remove(path)
        case .otherOwner:
            try Data("pc02 52:54:00:00:00:02".utf8).write(to: URL(filePath: lab.paths.owner(of: HookLab.address)))
        }
        switch fate.end {
        case .status(let status):
            #expect(await lab.call(.post, server.process, status: status) == HookReply(.proceed))
            server.end()
        case .died:
            server.end()
            #expect(await lab.hooks.sweep() == 1)
        }
        // Whoever comes again has nothing to tell.
        #expect(await lab.hooks.sweep() == 0)
        #expect(lab.plugin.outcomes.map(\.status) == [fate.told])
        #expect(lab.plugin.outcomes.map(\.token) == ["a"])
        #expect((lab.view.status(of: path) != nil) == fate.stays)
        #expect(lab.hooks.live() == [HookLab.address: 1])
        #expect(await lab.call(.post, other.process) == HookReply(.proceed))
        #expect(lab.hooks.live().isEmpty && FileStatus(at: lab.paths.view(of: HookLab.address)) == nil)
    }

    @Test(
        "what was promised until a refusal is given back, and its plugin hears so", arguments: ["../a", ".linbo-hookd"])
    func refusedInBetween(_ name: String) async throws {
        let lab = try HookLab()
        let server = try Sleeper()
        #expect(await lab.call(.early, server.process) == HookReply(.proceed))
        let reply = await lab.call(.pre, server.process, ["once/a", name, "once/b"])
        #expect(reply.verdict == .refuse && String(decoding: reply.text, as: UTF8.self).hasPrefix("linbo-hookd: '"))
        #expect(await lab.call(.post, server.process, status: 5) == HookReply(.proceed))
        #expect(lab.plugin.outcomes.map(\.token) == ["a"])
        #expect(lab.plugin.outcomes.map(\.status) == [.failed(.rsync(5))])
        #expect(lab.hooks.live().isEmpty)
    }

    @Test("a hook that gave up has no ticket: the one of `once` counts")
    func abandoned() async throws {
        let lab = try HookLab()
        let server = try Sleeper()
        let connection = try #require(ConnectionID(process: server.process))
        #expect(await lab.call(.pre, server.process, ["once/a"], isAbandoned: true) == HookReply(.proceed))
        #expect(lab.hooks.records.ticket(of: connection, address: HookLab.address) == nil)
        #expect(await lab.call(.post, server.process, status: 0) == HookReply(.proceed))
        #expect(lab.plugin.outcomes.isEmpty && lab.hooks.live().isEmpty)
    }

    @Test("hooks in another module place nothing there, and say what to do", arguments: [HookCall.early, .pre])
    func otherModule(_ call: HookCall) async throws {
        let lab = try HookLab()
        let server = try Sleeper()
        for module in ["/srv/linbo", lab.paths.view(of: "10.0.0.6"), lab.paths.view(of: HookLab.address) + "/"] {
            let reply = await lab.call(call, server.process, ["once/a"], module: module)
            #expect(reply.verdict == .refuse)
            #expect(String(decoding: reply.text, as: UTF8.self).contains("linboctl rsyncd-conf"))
        }
        #expect(FileStatus(at: lab.paths.view(of: "10.0.0.6")) == nil)
        #expect(lab.view.names(in: .root).isEmpty && lab.plugin.outcomes.isEmpty)
    }

    @Test("the reserve for a full disk is given up once, for want of space alone, and taken again")
    func ballast() throws {
        let lab = try HookLab()
        let (ballast, path) = (lab.hooks.ballast, "\(lab.paths.base)/ballast")
        ballast.take()
        #expect(FileStatus(at: path).map { $0.size == 1 << 20 && $0.mode == 0o600 } == true)
        #expect(!ballast.relieves(SystemError("open", "x", code: EACCES)) && !ballast.relieves(Refusal("no")))
        #expect(FileStatus(at: path) != nil)
        for code in [ENOSPC, EDQUOT] {
            #expect(ballast.relieves(SystemError("open", "x", code: code)) && FileStatus(at: path) == nil)
            #expect(!ballast.relieves(SystemError("open", "x", code: code)), "there is nothing more to give")
            ballast.take()
        }
        // What is no room of ours is none.
        unlink(path)
        symlink("\(lab.directory)/state", path)
        ballast.take()
        #expect(FileTree.names(in: "\(lab.directory)/state").isEmpty && FileStatus(at: path)?.kind == .symlink)
    }
}
