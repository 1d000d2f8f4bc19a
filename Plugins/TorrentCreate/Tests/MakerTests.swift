import Foundation
import HookHost
import HookTesting
import LinuxKit
import Testing
import Torrent

@testable import TorrentCreate

/// Who waits for hashes, who goes away, and what is kept.
@Suite struct MakerTests {
    private let lab: Lab
    private let maker: TorrentMaker
    private let image: ImageVersion

    init() throws {
        lab = try Lab.withImage()
        maker = try lab.announcing().plugin.maker
        image = try Self.version(lab)
    }

    private static func version(_ lab: Lab) throws -> ImageVersion {
        let path = "\(lab.tree)/\(TorrentCreateTests.image)"
        return ImageVersion(path: path, name: "win11.qcow2", identity: try #require(FileIdentity(ofFileAt: path)))
    }

    /// Has a thread follow the image until `release` is called, which ends with `pieces` or an error.
    private func following(_ pieces: [UInt8]?) async throws -> (gate: DispatchSemaphore, ended: Task<Void, Never>) {
        let (gate, begun) = (DispatchSemaphore(value: 0), AsyncSignal())
        let ended = Task { [maker, image] in
            await NamedThread.run("test follower") {
                maker.followed(image.name, image.identity) { () throws(TorrentError) in
                    begun.send()
                    gate.wait()
                    guard let pieces else { throw .changed(image.path) }
                    return (image.identity, pieces)
                }
            }
        }
        await begun.wait(atMost: .seconds(600))
        return (gate, ended)
    }

    private static func pieces(_ answer: TorrentMaker.Answer) -> [UInt8]? {
        guard case .pieces(let pieces) = answer else { return nil }
        return Array(pieces)
    }

    @Test("while an image arrives nobody reads it besides; who waits gets what the follower found") func arriving()
        async throws
    {
        let mine = [UInt8](repeating: 9, count: 40)
        let (gate, ended) = try await following(mine)
        let waiting = (0..<5).map { _ in Task { await maker.pieces(of: image, within: .seconds(600)) } }
        guard case .later = await maker.pieces(of: image, within: .milliseconds(1)) else {
            Issue.record("somebody hashed it")
            return
        }
        gate.signal()
        for task in waiting { #expect(Self.pieces(await task.value) == mine) }
        await ended.value
        #expect(lab.hashings == 0 && maker.ready(image.identity).map { Array($0) } == mine)
    }

    @Test("what could not be followed is hashed once it is there, once for all who wait") func brokenOff() async throws
    {
        let (gate, ended) = try await following(nil)
        let waiting = (0..<5).map { _ in Task { await maker.pieces(of: image, within: .seconds(600)) } }
        gate.signal()
        await ended.value
        var answers: Set<[UInt8]?> = []
        for task in waiting { answers.insert(Self.pieces(await task.value)) }
        #expect(answers.count == 1 && answers.first.map { $0?.count == 40 } == true && lab.hashings == 1)
    }

    @Test("whoever is gone before he asks does not wait, though nobody can say when it is ready") func goneBefore()
        async throws
    {
        let (gate, ended) = try await following(nil)
        defer { gate.signal() }
        let gone = Task { [maker, image] in
            // Cancelled for sure, when it asks.
            while !Task.isCancelled { await Task.yield() }
            return await maker.pieces(of: image, within: .seconds(86_400))
        }
        gone.cancel()
        let told = Task { await gone.value }
        let isTold = AsyncSignal()
        Task {
            _ = await told.value
            isTold.send()
        }
        await isTold.wait(atMost: .seconds(120))
        gate.signal()
        await ended.value
        guard case .later = await told.value else {
            Issue.record("he waited")
            return
        }
    }

    @Test("an image that changed since, or is gone, is an answer for all who wait, and the next one is hashed")
    func changed() async throws {
        try lab.write([UInt8](repeating: 3, count: 2_000_000), to: "tree/\(TorrentCreateTests.image)")
        let gone = ImageVersion(path: image.path + ".none", name: "none", identity: image.identity)
        for version in [image, gone] {
            for _ in 0..<2 {
                guard case .failed = await maker.pieces(of: version, within: .seconds(600)) else {
                    Issue.record("\(version)")
                    return
                }
            }
        }
        #expect(Self.pieces(await maker.pieces(of: try Self.version(lab), within: .seconds(600)))?.count == 80)
        #expect(lab.stored().count == 1)
    }

    // MARK: What is kept

    private func cache(_ pieceLength: Int = 524_288) -> TorrentCache {
        TorrentCache(directory: "\(lab.directory)/cache", pieceLength: pieceLength)
    }

    @Test("hashes are of one version and one piece length, and damaged ones are none") func versions() throws {
        let pieces = [UInt8](repeating: 7, count: 40)
        try cache().store(pieces, of: image.identity, name: "a")
        #expect(cache().pieces(of: image.identity).map { Array($0) } == pieces)
        #expect(cache(1 << 20).pieces(of: image.identity) == nil)
        let file = "cache/\(try #require(FileTree.names(in: "\(lab.directory)/cache").first))"
        let whole = try FileBytes.read("\(lab.directory)/\(file)", limit: 1 << 20).bytes
        let other = TorrentFile(
            name: "a", length: 999_999, pieceLength: 524_288, pieces: pieces[...], announce: nil)
        for bytes in [[], Array(whole.dropLast()), whole + [0], Array(whole.prefix(9)), other.encoded()] {
            try lab.write(bytes, to: file)
            #expect(cache().pieces(of: image.identity) == nil)
        }
        try cache().store(pieces, of: image.identity, name: "a")
        #expect(cache().pieces(of: image.identity) != nil, "a damaged one is replaced")
    }

    @Test("256 versions are kept, the newest; what a power cut left goes after an hour, and nothing else")
    func pruning()
        throws
    {
        for number in 0..<300 {
            try lab.write("x", to: "cache/\(number).torrent")
            lab.setModified("cache/\(number).torrent", 1_000_000 + number)
        }
        for name in ["old.new", "young.new", "old.txt"] {
            try lab.write("x", to: "cache/\(name)")
            if name.hasPrefix("old") { lab.setModified("cache/\(name)", 1_000_000) }
        }
        #expect(symlink("old.txt", "\(lab.directory)/cache/link.torrent") == 0)
        try cache().store([UInt8](repeating: 7, count: 40), of: image.identity, name: "a")
        let names = Set(FileTree.names(in: "\(lab.directory)/cache"))
        #expect(cache().pieces(of: image.identity) != nil)
        #expect(names.count { $0.hasSuffix(".torrent") } == 257, "the link is none of them")
        #expect(names.isSuperset(of: ["young.new", "old.txt", "link.torrent", "45.torrent", "299.torrent"]))
        #expect(!names.contains("44.torrent") && !names.contains("old.new"))
    }

    @Test("progress of a file that grows meanwhile ends at its end") func progress() throws {
        let bar = ProgressBar(image.path)
        for (done, percent, filled) in [(0, 0, 0), (500_000, 50, 15), (1_000_000, 100, 30), (7_000_000, 100, 30)] {
            let line = bar.line(Int64(done), seconds: 1)
            #expect(line.contains("] \(percent) %") && line.count { $0 == "#" } == filled, "\(line)")
            #expect(line.count { $0 == "-" } == 30 - filled)
        }
    }

    // MARK: Names

    @Test(
        "only an image's torrent and hash are meant, of whatever name",
        arguments: [
            ("images/a/a.qcow2.torrent", "a.qcow2"), ("images/a/a.qdiff.hash", "a.qdiff"),
            ("images/a/.x.iso.torrent", ".x.iso"), ("images/a/a.qcow2.torrent.hash", nil),
            ("images/a/.qcow2.torrent", nil),
            ("images/a/a.torrent", nil), ("images/a/.torrent", nil), ("images/a/a.qcow2", nil),
            ("images/a/a.QCOW2.torrent", nil), ("images/a/a.qcow2.Torrent", nil),
            ("images/a/a.qcow2.hash.torrent", nil),
        ] as [(String, String?)])
    func names(_ path: String, _ image: String?) throws {
        let asked = AskedName(try TreePath(path))
        #expect(asked?.image.name == image && asked?.torrent.name == image.map { $0 + ".torrent" })
    }
}
