import Foundation
import FuzzKit
import LinuxKit
import Testing

@testable import HookHost

/// Links, modes and what is the server's own, beside what the kernel says.
@Suite final class TreeTests {
    private let directory: String
    /// Its letters have more bytes than there are of them.
    private let root: String

    init() throws {
        let temporary = FileManager.default.temporaryDirectory.path + "/tree-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        directory = try #require(Self.resolved(temporary))
        root = "\(directory)/Schüler-größe"
        for name in ["a/b/c", "d/e"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(name)", withIntermediateDirectories: true)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private func file(_ path: String, mode: mode_t = 0o644) throws {
        try Data(path.utf8).write(to: URL(filePath: "\(root)/\(path)"))
        chmod("\(root)/\(path)", mode)
    }

    /// Random links among directories, relative and absolute, dangling, in circles, and out of the tree.
    @Test("a name leads where the kernel leads it, or nowhere; never out of the tree")
    func asTheKernel() throws {
        var generator = SplitMix64(seed: Fuzz.seed)
        func pick(_ words: [String]) throws -> String { try #require(words.randomElement(using: &generator)) }
        let places = ["", "a", "a/b", "a/b/c", "d", "d/e"]
        let links = ["l1", "l2", "l3"]
        let tree = Tree(root: root)
        var followed = 0
        for _ in 0..<60 {
            for place in places {
                let up = String(repeating: "../", count: place.split(separator: "/").count)
                for name in links {
                    let link = "\(root)/\(place)/\(name)"
                    unlink(link)
                    let start = try pick([
                        up, up, "", "../", "../../../../", "\(root)/", "\(root)/", "/", "\(directory)/",
                    ])
                    symlink(try start + pick(places + ["a/l1", "d/l2/b", "nowhere"]), link)
                }
            }
            for _ in 0..<60 {
                let names = try [pick(places), pick(links), pick(links + ["a", "b", "e"]), "x"]
                let asked = try TreePath(names.filter { !$0.isEmpty }.joined(separator: "/"))
                let kernel = Self.resolved(tree.absolute(asked.parent))
                guard let (canonical, passed) = try? tree.canonical(asked) else { continue }
                let parent = Self.resolved(tree.absolute(canonical.parent))
                // What there is lies in the tree, by a way without links, and where the kernel finds it.
                #expect(parent == nil || parent == tree.absolute(canonical.parent), "\(asked) \(canonical)")
                #expect(parent == kernel || kernel == nil, "\(asked) \(canonical)")
                followed += kernel == nil ? 0 : passed.count
                for link in passed {
                    // A client's copy of a link leads where the tree's does.
                    #expect(!link.text.hasPrefix("/"))
                    let above = tree.absolute(link.path.parent)
                    #expect(Self.resolved("\(above)/\(link.text)") == Self.resolved(tree.absolute(link.path)))
                }
            }
        }
        #expect(followed > 100, "it looked at links")
    }

    @Test("an absolute link of the tree and one to a listed file work in a tree with such a name")
    func absoluteLinks() throws {
        try file("a/b/x")
        symlink("\(root)/a/b/x", "\(root)/d/x")
        try Data("outside".utf8).write(to: URL(filePath: "\(directory)/ü.conf"))
        symlink("../../ü.conf", "\(root)/d/y")
        let tree = Tree(root: root, outside: ["\(directory)/ü.conf"])
        guard case .link(let link) = tree.content(at: try TreePath("d/x")),
            case .made(let made) = tree.content(at: try TreePath("d/y")),
            case .nothing(.hidden) = Tree(root: root).content(at: try TreePath("d/y"))
        else {
            Issue.record("not what it shall be")
            return
        }
        #expect(link.target.text == "a/b/x" && link.text == "../a/b/x")
        #expect(made.bytes == Array("outside".utf8))
        try Data(count: Tree.outsideLimit + 1).write(to: URL(filePath: "\(directory)/ü.conf"))
        guard case .nothing(.hidden) = tree.content(at: try TreePath("d/y")) else {
            Issue.record("it is read, whatever its size")
            return
        }
    }

    @Test("what is the server's own is hidden by whatever name it is configured, there already or not")
    func internals() throws {
        symlink("a/b", "\(root)/link")
        let places = ["\(root)/link/state", "\(root)/d/new/er", "\(root)//d/./e/", "/etc", "\(root)2/a", directory]
        let internals = Internals(places, root: root)
        for path in ["a/b/state", "a/b/state/db", "d/new/er", "d/e/x", ".linbo-hookd/views"] {
            #expect(internals.contain(TreePath.of(components: path)), "\(path)")
        }
        for path in ["a/b/state2", "a/b/stat", "a/b", "link/state", "d/new", "d", "etc", "a"] {
            #expect(!internals.contain(TreePath.of(components: path)), "\(path)")
        }
        let tree = Tree(root: root, internals: places)
        #expect(tree.names(in: try TreePath("d")).isEmpty)
        #expect(throws: Tree.Hidden.self) { try tree.canonical(TreePath("link/state/db")) }
        for (place, isSwallowed) in [
            (root, true), (directory, true), ("/", true), ("\(root)/a", false), ("\(root)2", false),
        ] {
            #expect(Internals.swallow(root: root, place: place) == isSwallowed, "\(place)")
        }
    }

    /// path_resolution(7): the owner's bits are the owner's, the group's the group's, whatever the others may.
    @Test(
        "who may read and pass is as for the kernel", arguments: [UInt32(0o004), 0o040, 0o400, 0o755, 0o640, 0o077, 0])
    func readers(_ mode: UInt32) throws {
        var raw = stat()
        raw.st_mode = S_IFREG | mode
        (raw.st_uid, raw.st_gid) = (5, 6)
        let status = FileStatus(raw)
        for (reader, shift) in [
            (Reader(user: 5, groups: []), 6), (Reader(user: 5, groups: [6]), 6), (Reader(user: 9, groups: [1, 6]), 3),
            (Reader(user: 9, groups: [1]), 0), (.others, 0),
        ] as [(Reader, UInt32)] {
            #expect(reader.mayRead(status) == (mode >> shift & 4 != 0))
            #expect(reader.maySearch(status) == (mode >> shift & 1 != 0))
        }
        #expect(Reader(user: 0, groups: []).mayRead(status))
    }

    @Test("below a directory that is closed there is nothing, in no listing either; the first one is named")
    func closed() throws {
        try file("a/b/c/x")
        try file("d/x")
        try file("d/secret", mode: 0o600)
        chmod("\(root)/a", 0o700)
        chmod("\(root)/a/b", 0o700)
        chmod("\(root)/d/e", 0o711)
        let tree = Tree(root: root)
        let reader = Reader(user: 12_345, groups: [])
        func isHidden(_ path: String, for reader: Reader) throws -> String? {
            guard case .nothing(.hidden(let why)) = tree.content(at: try TreePath(path), for: reader) else {
                return nil
            }
            return why
        }
        #expect(try isHidden("a/b/c/x", for: reader) == "the mode of a keeps the server's clients out")
        #expect(try isHidden("d/secret", for: reader) != nil && isHidden("d/x", for: reader) == nil)
        #expect(try isHidden("a", for: reader) == nil && isHidden("a/b", for: reader) != nil)
        #expect(try isHidden("a/b/c/x", for: Reader(user: 0, groups: [])) == nil)
        for path in ["a", "a/b/c", "d/e"] { #expect(tree.listing(of: try TreePath(path), for: reader).names.isEmpty) }
        #expect(tree.listing(of: try TreePath("d"), for: reader).names == ["e", "secret", "x"])
    }
}
