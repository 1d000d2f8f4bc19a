import Foundation
import FuzzKit
import HookHost
import HookWire
import LinuxKit
import Testing

@testable import RsyncTransport

/// What lies in one client's directory, whatever lay there before, and that the tree stays as it is.
@Suite final class ViewTests {
    private let paths: ViewPaths
    private let view: View
    private let tree: String

    init() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/view-\(UUID().uuidString)"
        paths = ViewPaths(base: "\(directory)/base")
        view = View(address: "10.0.0.5", paths: paths, group: nil)
        tree = "\(directory)/tree"
        try FileManager.default.createDirectory(atPath: "\(tree)/directory", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: paths.base, withIntermediateDirectories: true)
        try LiveRecords(paths: paths).prepare()
        mkdir(view.root, 0o755)
        for name in ["one", "two"] { try Disk.write(Array(name.utf8), to: "\(tree)/\(name)") }
    }

    deinit { try? FileManager.default.removeItem(atPath: String(paths.base.dropLast(5))) }

    private func file(_ name: String) throws -> TreeFile {
        let absolute = "\(tree)/\(name)"
        return TreeFile(
            path: try TreePath(name), absolutePath: absolute, status: try #require(FileStatus(at: absolute)))
    }

    private enum Placed: Equatable { case tree(String), made([UInt8]), link(String), directory, nothing }

    private func place(_ placed: Placed, at path: TreePath) throws {
        switch placed {
        case .tree(let name): try view.place(try file(name), at: path)
        case .made(let bytes): try view.place(MadeContent(bytes), at: path)
        case .link(let text): try view.placeLink(at: path, text: text)
        case .directory:
            try view.makeDirectory(at: path)
            view.finish(path, as: try #require(FileStatus(at: "\(tree)/directory")))
        case .nothing: view.remove(path)
        }
    }

    private func placed(at path: TreePath) throws -> Placed {
        let absolute = view.absolute(path)
        switch view.status(of: path)?.kind {
        case nil: return .nothing
        case .directory: return .directory
        case .symlink: return .link(try FileManager.default.destinationOfSymbolicLink(atPath: absolute))
        default:
            let status = view.status(of: path)
            for name in ["one", "two"] where FileStatus(at: "\(tree)/\(name)")?.inode == status?.inode {
                return .tree(name)
            }
            return .made(try FileBytes.read(absolute, limit: 100).bytes)
        }
    }

    /// Any order of what connections of one client do, also where files and directories have changed places in the tree
    /// in between, and links go in circles.
    @Test("what is placed lies there, no temporary file stays, and the tree is as it was")
    func anyOrder() throws {
        var generator = SplitMix64(seed: Fuzz.seed)
        let names = try ["a", "b", "a/a", "a/b", "b/a/a", "c"].map { try TreePath($0) }
        let choices: [Placed] = [
            .tree("one"), .tree("two"), .made([1]), .made([]), .link("b"), .link("a"), .link("nowhere"), .directory,
            .nothing,
        ]
        var done: [String] = []
        for _ in 0..<4000 {
            let path = try #require(names.randomElement(using: &generator))
            let choice = try #require(choices.randomElement(using: &generator))
            done = done.suffix(8) + ["\(choice) at \(path)"]
            try place(choice, at: path)
            #expect(try placed(at: path) == choice, "\(done)")
            try #require(FileTree.names(in: paths.temporary).isEmpty, "\(done)")
            for name in ["one", "two"] {
                let status = FileStatus(at: "\(tree)/\(name)")
                try #require(status?.mode == 0o600 && status?.size == Int64(name.utf8.count), "\(done)")
            }
        }
    }

    @Test("bytes of one client's own take the place of the tree's file, and are never written into it")
    func ownBytes() throws {
        let path = try TreePath("a/one")
        try place(.tree("one"), at: path)
        try place(.made([1, 2, 3, 4, 5]), at: path)
        #expect(try FileBytes.read("\(tree)/one", limit: 100).bytes == Array("one".utf8))
        #expect(FileStatus(at: "\(tree)/one")?.links == 1)
        #expect(view.status(of: path)?.mode == 0o640 && view.status(of: path)?.accessed == 0)
        try place(.tree("one"), at: path)
        #expect(FileStatus(at: "\(tree)/one")?.links == 2)
    }

    @Test(
        "a directory has the tree's mode and times; one that a link has taken the place of gives them to nothing else")
    func finished() throws {
        let (path, target) = (try TreePath("a"), try TreePath("one"))
        chmod("\(tree)/directory", 0o2750)
        let times = [timespec(tv_sec: 5, tv_nsec: 7), timespec(tv_sec: 5, tv_nsec: 7)]
        utimensat(AT_FDCWD, "\(tree)/directory", times, 0)
        try place(.directory, at: path)
        #expect(view.status(of: path).map { $0.mode & 0o777 == 0o750 || geteuid() != 0 } == true)
        #expect(view.status(of: path).map { $0.modified == 5 && $0.modifiedNanoseconds == 7 } == true)
        try place(.tree("one"), at: target)
        try place(.link("one"), at: path)
        view.finish(path, as: try #require(FileStatus(at: "\(tree)/directory")))
        #expect(FileStatus(at: "\(tree)/one")?.mode == 0o600)
    }

    @Test("an outline has size and time, and no bytes; it takes no file away that is on its way to somebody")
    func outlines() throws {
        let (path, made) = (try TreePath("a"), MadeContent([1, 2, 3], modified: 5))
        try view.placeOutline(of: made, at: path)
        #expect(view.status(of: path).map { $0.size == 3 && $0.modified == 5 } == true)
        #expect(try FileBytes.read(view.absolute(path), limit: 100).bytes == [0, 0, 0])
        for (placed, outline, stays) in [
            (made, made, true), (made, MadeContent([1, 2, 3], modified: 6), false),
            (made, MadeContent([1, 2], modified: 5), false),
            (made, MadeContent([1, 2], modified: 6, isOneShot: true), true),
        ] {
            try view.place(placed, at: path)
            try view.placeOutline(of: outline, at: path)
            #expect((try FileBytes.read(view.absolute(path), limit: 100).bytes == [1, 2, 3]) == stays)
        }
        try place(.directory, at: path)
        try view.placeOutline(of: made, at: path)
        #expect(view.status(of: path)?.size == 3)
    }

    @Test(
        "whether it was read: never in doubt said of what is not there, or is no file of one client's own",
        .enabled(if: Disk.keepsAccessTimes(in: NSTemporaryDirectory()), "temporary files are mounted noatime"))
    func wasRead() throws {
        let path = try TreePath("a")
        #expect(view.wasRead(path))
        try place(.made([1, 2, 3]), at: path)
        #expect(!view.wasRead(path))
        _ = try FileBytes.read(view.absolute(path), limit: 100)
        #expect(view.wasRead(path))
        try place(.made([1, 2, 3]), at: path)
        #expect(!view.wasRead(path))
        try place(.directory, at: path)
        #expect(view.wasRead(path))
    }

    @Test("what can't be placed is told, and leaves nothing behind")
    func failures() throws {
        let path = try TreePath("a/b")
        let gone = TreeFile(
            path: path, absolutePath: "\(tree)/gone", status: try #require(FileStatus(at: "\(tree)/one")))
        #expect(throws: SystemError.self) { try view.place(gone, at: path) }
        try place(.made([1]), at: path)
        #expect(throws: SystemError.self) { try view.place(gone, at: path) }
        #expect(throws: SystemError.self) { try view.placeLink(at: TreePath("c"), text: "") }
        // What was there is there still.
        #expect(try placed(at: path) == .made([1]))
        #expect(FileTree.names(in: paths.temporary).isEmpty)
    }
}
