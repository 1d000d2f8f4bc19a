import Foundation
import HookTesting
import LinuxKit
import Testing

/// Removing what clients may have made, however it is nested and named.
@Suite struct FileTreeTests {
    private let directory: String

    init() throws {
        var template = Array("/tmp/linbo-hookd-file-tree.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Deeper than any path can be long, and than files can be open.
    @Test func nestedDeeperThanAPathCanBe() throws {
        let name = String(repeating: "n", count: 200)
        var parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for level in 0..<1500 {
            try #require(mkdirat(parent, name, 0o700) == 0)
            let next = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            try #require(next >= 0)
            close(parent)
            parent = next
            guard level % 100 == 0 else { continue }
            close(openat(parent, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
            mkdirat(parent, "empty", 0)
            fchmod(parent, 0)
        }
        close(parent)
        #expect(FileTree.remove(directory))
        #expect(FileStatus(at: directory) == nil)
    }

    @Test func namesThatAreNotUTF8() throws {
        let parent = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let name: [CChar] = [-1, -2, 0]
        try #require(mkdirat(parent, name, 0o700) == 0)
        let inner = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        close(openat(inner, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
        close(inner)
        close(parent)
        #expect(FileTree.remove(directory))
        #expect(FileStatus(at: directory) == nil)
    }

    @Test func nothingBehindALinkIsTouched() throws {
        let outside = directory + "-outside"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        defer { FileTree.remove(outside) }
        try Data().write(to: URL(fileURLWithPath: outside + "/kept"))
        try FileManager.default.createSymbolicLink(atPath: directory + "/link", withDestinationPath: outside)
        #expect(FileTree.remove(directory))
        #expect(FileTree.names(in: outside) == ["kept"])
    }

    @Test("making a directory that is there changes nothing; in the place of anything else it fails") func making()
        throws
    {
        defer { FileTree.remove(directory) }
        try FileTree.makeDirectory(directory + "/a", mode: 0o750)
        try AtomicFile.replace(directory + "/a/kept", with: [1], mode: 0o600)
        try FileTree.makeDirectory(directory + "/a", mode: 0o700)
        #expect(FileStatus(at: directory + "/a")?.mode == 0o750 && FileTree.names(in: directory + "/a") == ["kept"])
        try FileManager.default.createSymbolicLink(atPath: directory + "/link", withDestinationPath: "a")
        for (name, code) in [("a/kept", EEXIST), ("link", EEXIST), ("none/a", ENOENT)] {
            let error = #expect(throws: SystemError.self, "\(name)") {
                try FileTree.makeDirectory("\(directory)/\(name)", mode: 0o700)
            }
            #expect(error?.code == code)
        }
        #expect(FileTree.names(in: directory + "/none").isEmpty && FileTree.remove(directory + "/none"))
    }

    @Test("what can't be removed is told, and all beside it goes", .enabled(if: geteuid() == 0, "mounting is for root"))
    func leftOver() async throws {
        try FileTree.makeDirectory(directory + "/mount", mode: 0o700)
        try FileTree.makeDirectory(directory + "/beside", mode: 0o700)
        try AtomicFile.replace(directory + "/beside/x", with: [1], mode: 0o600)
        let mounted = try await Command.run(
            "/bin/mount", ["-t", "tmpfs", "-o", "size=64k", "none", directory + "/mount"])
        try #require(mounted.status == 0, "\(mounted)")
        #expect(!FileTree.remove(directory))
        #expect(FileTree.names(in: directory) == ["mount"])
        umount2(directory + "/mount", Int32(MNT_DETACH))
        #expect(FileTree.remove(directory) && FileStatus(at: directory) == nil)
    }
}
