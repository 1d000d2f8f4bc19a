import Foundation
import Glibc
import LinuxKit
import Testing

@Suite struct AtomicFileTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-\(UUID().uuidString)"

    init() throws {
        try FileTree.makeDirectory(directory, mode: 0o700)
    }

    private func bytes(_ name: String) -> [UInt8]? { try? FileBytes.read("\(directory)/\(name)", limit: 1 << 20).bytes }

    @Test("a file is replaced whole, with the mode that was asked for, whatever the umask")
    func replaces() throws {
        defer { FileTree.remove(directory) }
        for (mode, text) in [(0o644, "one"), (0o600, "another"), (0o666, "")] as [(mode_t, String)] {
            try AtomicFile.replace("\(directory)/x", with: Array(text.utf8), mode: mode)
            #expect(bytes("x") == Array(text.utf8))
            #expect(FileStatus(at: "\(directory)/x")?.mode == UInt32(mode))
        }
        #expect(FileTree.names(in: directory) == ["x"])
    }

    @Test("what can't be written leaves what was there, and nothing beside it")
    func failures() throws {
        defer { FileTree.remove(directory) }
        try FileTree.makeDirectory(directory + "/directory", mode: 0o700)
        #expect(throws: SystemError.self) { try AtomicFile.replace("\(directory)/directory", with: [1], mode: 0o600) }
        #expect(throws: SystemError.self) { try AtomicFile.replace("\(directory)/none/x", with: [1], mode: 0o600) }
        // A link that somebody else placed where the temporary file will be is not followed.
        symlink("/etc/passwd", directory + "/.t")
        #expect(throws: SystemError.self) {
            try AtomicFile.replace("\(directory)/x", with: [1], mode: 0o600, by: directory + "/.t")
        }
        #expect(FileTree.names(in: directory) == [".t", "directory"])
    }

    @Test("an admin's file keeps owner, group and mode, and one that changed meanwhile is left alone")
    func keeps() throws {
        defer { FileTree.remove(directory) }
        let path = directory + "/devices.csv"
        try AtomicFile.replace(path, with: Array("old".utf8), mode: 0o640)
        if geteuid() == 0 { chown(path, 1234, 4321) }
        let old = try #require(FileStatus(at: path))
        #expect(try AtomicFile.replace(path, was: old, with: Array("new".utf8)))
        let new = try #require(FileStatus(at: path))
        #expect(bytes("devices.csv") == Array("new".utf8))
        #expect((new.mode, new.owner, new.group) == (old.mode, old.owner, old.group))
        #expect(try !AtomicFile.replace(path, was: old, with: Array("newer".utf8)))
        #expect(bytes("devices.csv") == Array("new".utf8))
        #expect(FileTree.names(in: directory) == ["devices.csv"])
    }
}
