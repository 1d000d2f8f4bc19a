import Foundation
import Glibc
import HookHost
import LinboModel
import LinuxKit
import Testing

/// Names in an old encoding: a client that fetches a directory with `--delete` lost them, and rsync reported success.
struct OddNameTests {
    private static let umlaut: UInt8 = 0xFC

    /// A path of the tree; `%` stands for a byte that is not UTF-8.
    private static func bytes(_ path: String) -> [UInt8] { path.utf8.map { $0 == UInt8(ascii: "%") ? umlaut : $0 } }

    private static func make(_ path: String, in root: String, text: String? = nil, link: String? = nil) {
        let path = (Array(root.utf8) + [UInt8(ascii: "/")] + bytes(path)).map { CChar(bitPattern: $0) } + [0]
        if let link {
            symlink(link, path)
        } else if let text {
            let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
            write(descriptor, text, text.utf8.count)
            close(descriptor)
        } else {
            mkdir(path, 0o755)
        }
    }

    /// All that lies below a directory, by the bytes of its path.
    private static func all(below directory: [UInt8]) -> Set<[UInt8]> {
        var found: Set<[UInt8]> = []
        for name in FileTree.bytesOfNames(in: directory) {
            let path = directory + [UInt8(ascii: "/")] + name
            guard let status = FileStatus(atBytes: path) else { continue }
            found.insert(name + Array(" \(status.kind) \(status.size) \(status.modified) \(status.mode)".utf8))
            guard status.kind == .directory else { continue }
            found.formUnion(all(below: path).map { name + [UInt8(ascii: "/")] + $0 })
        }
        return found
    }

    private static func withNames(_ body: (School) async throws -> Void) async throws {
        try await School.open { school async throws in
            try school.write("plain", to: "srv/altlast/plain.txt")
            let directory = school.tree.path + "/altlast"
            make("%bung.txt", in: directory, text: "bung")
            make("B%ro", in: directory)
            make("B%ro/x", in: directory, text: "x")
            make("B%ro/tief", in: directory)
            make("B%ro/tief/%", in: directory, text: "deep")
            try await body(school)
        }
    }

    @Test("a directory comes with them, whole sub-trees too, with the times and modes of the tree")
    func mirror() async throws {
        try await Self.withNames { school async throws in
            for _ in 1...2 {
                let result = try await school.pull(
                    ["altlast/"], as: 1, options: ["-a", "--delete", "--no-o", "--no-g"], into: "1")
                #expect(result.status == 0, "\(result)")
                let wanted = Self.all(below: Array("\(school.tree.path)/altlast".utf8))
                #expect(wanted.count == 6)
                #expect(Self.all(below: Array(school.inbox("1").path.utf8)) == wanted)
            }
        }
    }

    @Test("a listing of one directory has their names, and nothing from below them")
    func listing() async throws {
        try await Self.withNames { school async throws in
            let result = try await school.pull(["altlast/"], as: 1, options: ["-d"], into: "1")
            #expect(result.status == 0, "\(result)")
            let names = FileTree.bytesOfNames(in: Array(school.inbox("1").path.utf8))
            #expect(Set(names) == [Self.bytes("%bung.txt"), Self.bytes("B%ro"), Array("plain.txt".utf8)])
            #expect(Self.all(below: Array(school.inbox("1").path.utf8)).count == 3)
        }
    }

    @Test("what a rule or a plugin has a say in by its ending stays, and is told; so do links")
    func guarded() async throws {
        try await Self.withNames { school async throws in
            let directory = school.tree.path + "/altlast"
            Self.make("%.macct", in: directory, text: "secret")
            Self.make("B%ro/y.macct", in: directory, text: "secret")
            Self.make("%link", in: directory, link: "/etc/shadow")
            let result = try await school.pull(["altlast/"], as: 1, options: ["-rL"], into: "1")
            #expect(result.status == 0, "\(result)")
            let came = Self.all(below: Array(school.inbox("1").path.utf8)).map { String(decoding: $0, as: UTF8.self) }
            #expect(!came.contains { $0.contains("macct") || $0.contains("link") }, "\(came)")
            let status = try await school.linboctl("status")
            #expect(status.output.contains("altlast/: 2 links, or files of a plugin, have names"), "\(status)")
        }
    }
}
