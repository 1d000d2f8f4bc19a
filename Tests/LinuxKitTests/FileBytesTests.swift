import Foundation
import Glibc
import LinuxKit
import Testing

/// Small files, whatever lies where one is expected.
@Suite struct FileBytesTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("a file of just the limit is read, one byte more is not, and the error says how many") func limit() throws {
        try scratch.write("12345", to: "x")
        #expect(try FileBytes.read(scratch("x"), limit: 5).bytes == Array("12345".utf8))
        #expect(try FileBytes.read(scratch("x"), limit: 5).status.size == 5)
        let error = #expect(throws: FileBytes.TooLarge.self) { try FileBytes.read(scratch("x"), limit: 4) }
        #expect(error?.description == "\(scratch("x")) has 5 bytes; 4 is the limit")
    }

    @Test(
        "from a place on, at and behind the end nothing",
        arguments: [(0, "12345"), (4, "5"), (5, ""), (6, ""), (99, "")])
    func offsets(_ offset: Int, _ rest: String) throws {
        try scratch.write("12345", to: "x")
        let bytes = try FileBytes.read(followingLinks: scratch("x"), from: offset, limit: 5)
        #expect(bytes == Array(rest.utf8))
        #expect(throws: FileBytes.TooLarge.self, "the limit is the whole file's") {
            try FileBytes.read(followingLinks: scratch("x"), from: offset, limit: 4)
        }
    }

    @Test("what is no regular file is told at once, a pipe that nobody writes to, too") func others() throws {
        try FileTree.makeDirectory(scratch("directory"), mode: 0o700)
        try #require(mkfifo(scratch("pipe"), 0o600) == 0)
        try scratch.write("behind", to: "file")
        try #require(symlink("file", scratch("link")) == 0 && symlink("none", scratch("dangling")) == 0)
        for (name, code) in [("directory", EINVAL), ("pipe", EINVAL), ("link", ELOOP), ("none", ENOENT)] {
            let error = #expect(throws: SystemError.self) { try FileBytes.read(scratch(name), limit: 10) }
            #expect(error?.code == code && error?.path == scratch(name), "\(name)")
        }
        #expect(try FileBytes.read(followingLinks: scratch("link"), limit: 10) == Array("behind".utf8))
        #expect(throws: SystemError.self) { try FileBytes.read(followingLinks: scratch("dangling"), limit: 10) }
        #expect(throws: SystemError.self) { try FileBytes.read(followingLinks: "/dev/zero", limit: 10) }
    }

    @Test("a file that others cut and fill meanwhile is read without an error, and never beyond its size")
    func changing() throws {
        try scratch.write(String(repeating: "x", count: 50_000), to: "x")
        let path = scratch("x")
        DispatchQueue.concurrentPerform(iterations: 4) { number in
            for round in 0..<300 {
                if number == 0 {
                    truncate(path, round.isMultiple(of: 2) ? 10 : 50_000)
                } else {
                    let read = try? FileBytes.read(path, limit: 50_000)
                    #expect((read?.bytes.count).map { $0 <= read?.status.size ?? 0 } == true)
                }
            }
        }
    }
}
