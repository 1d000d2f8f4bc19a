import Foundation
import Glibc
import HookTesting
import LinuxKit
import Synchronization
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

/// What disks, other users and other processes do to a replacement.
@Suite struct AtomicFileFaultTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("a file in a directory that is reached over a link is replaced there, and that is no error") func links()
        throws
    {
        try FileTree.makeDirectory(scratch("real"), mode: 0o700)
        try #require(symlink("real", scratch("link")) == 0)
        try AtomicFile.replace(scratch("link/x"), with: Array("new".utf8), mode: 0o600)
        #expect(scratch.text("real/x") == "new" && FileTree.names(in: scratch("real")) == ["x"])
        try scratch.write("target", to: "target")
        try #require(symlink("target", scratch("x")) == 0)
        try AtomicFile.replace(scratch("x"), with: Array("new".utf8), mode: 0o600)
        #expect(scratch.text("x") == "new" && scratch.text("target") == "target")
    }

    @Test("readers see one of the whole files, whoever writes them at the same time") func readers() throws {
        let (path, directory) = (scratch("x"), scratch.path)
        let texts = (0..<3).map { number in [UInt8](repeating: UInt8(number), count: 10_000 * (number + 1)) }
        try AtomicFile.replace(path, with: texts[0], mode: 0o600)
        DispatchQueue.concurrentPerform(iterations: 6) { number in
            for _ in 0..<40 {
                if number < 3 {
                    #expect(throws: Never.self) { try AtomicFile.replace(path, with: texts[number], mode: 0o600) }
                } else {
                    let read = try? FileBytes.read(path, limit: 1 << 20).bytes
                    #expect(read.map(texts.contains) == true)
                }
            }
        }
        #expect(FileTree.names(in: directory) == ["x"])
    }

    @Test("of two who replace the same version one does, and the other one is told") func oneOfTwo() throws {
        let path = scratch("x")
        for round in 0..<30 {
            try scratch.write("\(round)", to: "x")
            let old = try #require(FileStatus(at: path))
            // One after the other: what came between look and rename only a lock keeps out.
            let done = try ["a", "b"].filter { try AtomicFile.replace(path, was: old, with: Array($0.utf8)) }
            #expect(done == ["a"] && scratch.text("x") == "a")
        }
        let gone = try #require(FileStatus(at: path))
        try AtomicFile.remove(path)
        #expect(try !AtomicFile.replace(path, was: gone, with: [1]))
        #expect(FileTree.names(in: scratch.path).isEmpty, "a file that somebody removed does not come back")
        try AtomicFile.remove(path)
    }

    @Test(
        "a file that was given to others meanwhile is not taken back from them", .enabled(if: geteuid() == 0, "as root")
    )
    func givenAway() throws {
        for (owner, group) in [(1234, 0), (0, 4321)] as [(uid_t, gid_t)] {
            try scratch.write("old", to: "x")
            let old = try #require(FileStatus(at: scratch("x")))
            try #require(chown(scratch("x"), owner, group) == 0)
            #expect(try !AtomicFile.replace(scratch("x"), was: old, with: Array("new".utf8)))
            #expect(FileStatus(at: scratch("x"))?.owner == owner && scratch.text("x") == "old")
        }
    }

    @Test(
        "on a full disk the old file stays, and nothing beside it", .enabled(if: geteuid() == 0, "mounting is for root")
    )
    func fullDisk() async throws {
        try FileTree.makeDirectory(scratch("disk"), mode: 0o700)
        let mounted = try await Command.run("/bin/mount", ["-t", "tmpfs", "-o", "size=64k", "none", scratch("disk")])
        try #require(mounted.status == 0, "\(mounted)")
        defer { umount2(scratch("disk"), Int32(MNT_DETACH)) }
        try scratch.write("old", to: "disk/x")
        let error = #expect(throws: SystemError.self) {
            try AtomicFile.replace(scratch("disk/x"), with: [UInt8](repeating: 1, count: 1 << 20), mode: 0o600)
        }
        #expect(error?.code == ENOSPC && error?.call == "write")
        #expect(scratch.text("disk/x") == "old" && FileTree.names(in: scratch("disk")) == ["x"])
        try scratch.write("new", to: "disk/x")
        #expect(scratch.text("disk/x") == "new")
    }

    @Test("a device that takes nothing is told, with its path") func deviceFull() throws {
        let descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let error = #expect(throws: SystemError.self) {
            try AtomicFile.writeAll([1, 2], to: descriptor, path: "/dev/full")
        }
        #expect(error?.code == ENOSPC && error?.description == "write /dev/full: No space left on device")
        try AtomicFile.writeAll([], to: descriptor, path: "/dev/full")
    }

    @Test("signals interrupt a write, and all bytes are written once all the same") func signals() throws {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        // No SA_RESTART: calls end with EINTR.
        try #require(sigaction(SIGWINCH, &action, nil) == 0)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let (input, mayEnd) = (ends[1], Gate())
        let writer = Mutex<pthread_t?>(nil)
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        NamedThread.start("writer") {
            writer.withLock { $0 = pthread_self() }
            #expect(throws: Never.self) { try AtomicFile.writeAll(bytes, to: input, path: "pipe") }
            close(input)
            // A thread that has ended gets no signals.
            mayEnd.pass()
        }
        defer { mayEnd.open(1) }
        var (read, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 10_000))
        while true {
            if let thread = writer.withLock({ $0 }) { for _ in 0..<3 { pthread_kill(thread, SIGWINCH) } }
            let count = Glibc.read(ends[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            read += buffer[..<count]
        }
        #expect(read == bytes)
    }
}
