import Foundation
import HookHost
import HookTesting
import Testing
import Torrent

@testable import TorrentCreate

@Suite struct TorrentCreateTests {
    static let image = "images/win11/win11.qcow2"
    static let hash = "images/win11/win11.qcow2.hash"

    @Test(arguments: Depth.allCases) func whatIsMissingIsMade(_ depth: Depth) async throws {
        let lab = try Lab.withImage()
        let desk = try lab.announcing()
        let torrent = try TorrentFile(parsing: try #require(try await desk.fetch("\(Self.image).torrent", over: depth)))
        #expect(torrent.announce == Lab.announce && torrent.name == "win11.qcow2" && !torrent.isPrivate)
        #expect(torrent.pieceLength == 524_288 && torrent.pieceCount == 2)
        #expect(try TorrentCheck(torrent, image: "\(lab.tree)/\(Self.image)") == .fits)
        #expect(try await desk.text(Self.hash, over: depth) == torrent.infoHash.line)
        #expect(try await desk.fetch("images/win11/other.qcow2.torrent", over: depth) == nil)
        #expect(lab.hashings == 1)
        #expect(
            FileManager.default.subpaths(atPath: lab.tree)?.contains { $0.hasSuffix(".torrent") }
                == false)
    }

    @Test func manyWhoWaitHaveItHashedOnce() async throws {
        let lab = try Lab.withImage()
        let desk = try lab.announcing()
        let answers = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            for _ in 0..<64 { group.addTask { try await desk.ask().made } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count == 64 && Set(answers).count == 1 && answers.first != .some(nil))
        #expect(lab.hashings == 1)
    }

    @Test func itIsMadeOnceAVersionOverRestarts() async throws {
        let lab = try Lab.withImage()
        let first = try await lab.announcing().ask().made
        #expect(try await lab.announcing().ask().made == first)
        // The tracker is another since.
        #expect(try await lab.announcing("private: true\n").torrent()?.isPrivate == true)
        #expect(lab.hashings == 1 && lab.stored().count == 1)
        try lab.write([UInt8](repeating: 2, count: 1_000_000), to: "tree/\(Self.image)")
        let second = try await lab.announcing().ask().made
        #expect(second != nil && second != first)
        #expect(lab.hashings == 2)
        #expect(try await lab.announcing("piece-length: 262144\n").torrent()?.pieceCount == 4)
        #expect(lab.hashings == 3)
    }

    @Test func aDamagedCacheIsMadeAnew() async throws {
        let lab = try Lab.withImage()
        let first = try await lab.announcing().ask().made
        for name in lab.stored() { try lab.write([1, 2, 3], to: "state/torrents/\(name)") }
        #expect(try await lab.announcing().ask().made == first)
        #expect(lab.hashings == 2)
    }

    @Test func aStateThatCannotBeWrittenIsNoObstacle() async throws {
        let lab = try Lab.withImage()
        try lab.write([], to: "state/torrents")
        let desk = try lab.announcing()
        #expect(try await desk.torrent() != nil)
        #expect(try await desk.torrent() != nil)
        #expect(lab.hashings == 1)
    }

    @Test func aProbeMakesNothing() async throws {
        let lab = try Lab.withImage()
        let desk = try lab.announcing()
        for path in ["images/win11/win11.qcow2.torrent", Self.hash] {
            #expect(try await desk.ask(path, intent: .probe).isNothing)
            #expect(try await desk.ask(path, manner: .inDirectory).isNothing)
        }
        #expect(lab.hashings == 0 && lab.stored().isEmpty)
        let made = try await desk.ask().made
        #expect(try await desk.ask(intent: .probe).made == made)
        #expect(try await desk.ask(manner: .inDirectory).made == made)
    }

    @Test func theTreesOwnIsPassedOnUnlessItIsOlder() async throws {
        let lab = try Lab.withImage()
        let desk = try lab.announcing()
        try lab.write("the client's", to: "tree/\(Self.image).torrent")
        lab.setModified("tree/\(Self.image)", 1_000_000)
        lab.setModified("tree/\(Self.image).torrent", 1_000_000)
        #expect(try await desk.ask().isFile)
        #expect(lab.hashings == 0)
        lab.setModified("tree/\(Self.image).torrent", 999_999)
        #expect(try await desk.ask(intent: .probe).isNothing)
        let answer = try await desk.ask()
        #expect(answer.made != nil && answer.remarks == ["the tree's torrent is older than the image"])
        #expect(try await desk.ask(intent: .store).isFile)
    }

    /// Defect 24 of docs/linbo.md#defects-of-the-old-hooks.
    @Test func theHashIsOfTheTorrentThatIsServed() async throws {
        let lab = try Lab.withImage()
        let desk = try lab.announcing()
        let theirs = TorrentFile(
            name: "win11.qcow2", length: 1_000_000, pieceLength: 1 << 20, pieces: [UInt8](repeating: 5, count: 20)[...],
            announce: "http://other/announce")
        try lab.write(theirs.encoded(), to: "tree/\(Self.image).torrent")
        #expect(try await desk.ask(Self.hash, intent: .probe).made == Array(theirs.infoHash.line.utf8))
        try lab.write("stale\n", to: "tree/\(Self.image).hash")
        let answer = try await desk.ask(Self.hash)
        #expect(answer.made == Array(theirs.infoHash.line.utf8) && answer.remarks.count == 1)
        try lab.write(theirs.infoHash.line, to: "tree/\(Self.image).hash")
        #expect(try await desk.ask(Self.hash).isFile)
        try lab.write("none", to: "tree/\(Self.image).torrent")
        let odd = try await desk.ask(Self.hash)
        #expect(odd.isFile && odd.remarks.count == 1)
        #expect(lab.hashings == 0)
    }

    @Test func afterTheWaitThereIsNothingAndTheWorkGoesOn() async throws {
        let lab = try Lab.withImage()
        let desk = try lab.announcing("wait: 0s\n")
        // Hashing may be as quick as the timer.
        if try await !desk.ask().isNothing { #expect(lab.hashings == 1) }
        while lab.stored().isEmpty { await Task.yield() }
        while try await desk.ask().isNothing { await Task.yield() }
        #expect(lab.hashings == 1)
    }

    @Test func aClientThatGoesAwayLeavesTheOthersWaiting() async throws {
        let lab = try Lab.withImage()
        let desk = try lab.announcing("wait: 600s\n")
        let gone = Task { try await desk.ask() }
        gone.cancel()
        #expect(try await desk.torrent() != nil)
        _ = try await gone.value
        #expect(lab.hashings == 1)
    }

    @Test(arguments: [
        "images/win11/win11.reg.torrent", "images/win11/other.qcow2.torrent",
        "images/win11/win11.qcow2.md5.hash", "images/win11/directory.iso.torrent", "images/win11/empty.iso.hash",
    ])
    func whatIsNoImageIsPassedOn(_ path: String) async throws {
        let lab = try Lab.withImage()
        for other in ["win11.reg", "win11.qcow2.md5", "directory.iso/x"] {
            try lab.write([1], to: "tree/images/win11/\(other)")
        }
        try lab.write([], to: "tree/images/win11/empty.iso")
        #expect(try await lab.announcing().ask(path).isNothing)
        try lab.write([1], to: "tree/\(path)")
        #expect(try await lab.announcing().ask(path).isFile)
        #expect(lab.hashings == 0)
    }

    @Test(arguments: ["a.qdiff", "a.iso", "Bücher 1.qcow2"]) func allKindsOfImagesHaveOne(_ name: String) async throws {
        let lab = try Lab.withImage()
        try lab.write([1, 2, 3], to: "tree/images/a/\(name)")
        let torrent = try #require(try await lab.announcing().torrent("images/a/\(name).torrent"))
        #expect(torrent.name == name && torrent.length == 3 && torrent.pieceCount == 1)
    }
}
