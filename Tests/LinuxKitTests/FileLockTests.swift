import Foundation
import Glibc
import HookTesting
import LinuxKit
import Synchronization
import Testing

@Suite struct FileLockTests {
    private let directory = FileManager.default.temporaryDirectory.path + "/linbo-hookd-\(UUID().uuidString)"

    init() throws {
        try FileTree.makeDirectory(directory, mode: 0o700)
    }

    private func with<Value>(
        _ path: String, _ kind: FileLock.Kind = .file, patience: Int, _ body: () throws -> Value
    ) throws -> Value {
        try FileLock.with(path, kind, patience: patience, orThrow: { $0 as any Error }, body)
    }

    @Test("one at a time, of threads too", arguments: [FileLock.Kind.file, .directory])
    func excludes(_ kind: FileLock.Kind) throws {
        defer { FileTree.remove(directory) }
        let inside = Atomic(0)
        let done = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<50 {
                try? with(directory + "/lock", kind, patience: 60_000) {
                    #expect(inside.add(1, ordering: .sequentiallyConsistent).newValue == 1)
                    inside.subtract(1, ordering: .sequentiallyConsistent)
                    done.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(done.load(ordering: .relaxed) == 400)
    }

    @Test("whoever finds it held is told so at the end of its patience, and it is free again after an error")
    func patience() throws {
        defer { FileTree.remove(directory) }
        struct Failed: Error {}
        try with(directory + "/lock", patience: 0) {
            let error = #expect(throws: SystemError.self) { try with(directory + "/lock", patience: 20) {} }
            #expect(error?.code == ETIMEDOUT)
        }
        #expect(throws: Failed.self) { try with(directory + "/lock", patience: 0) { throw Failed() } }
        try with(directory + "/lock", patience: 0) {}
        #expect(throws: SystemError.self) { try with(directory + "/none/lock", patience: 0) {} }
        #expect(throws: SystemError.self) { try with(directory + "/none", .presentDirectory, patience: 0) {} }
        // What can't be made is told at once, whatever the patience: `early` turns to the daemon then.
        let missing = #expect(throws: SystemError.self) {
            try with(directory + "/none/lock", .directory, patience: 3_600_000) {}
        }
        #expect(missing?.code == ENOENT)
    }

    @Test("a lock whose file was removed by its holder is not one: whoever waited locks the new file")
    func removed() throws {
        defer { FileTree.remove(directory) }
        let path = directory + "/lock"
        let inside = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<50 {
                try? with(path, patience: 60_000) {
                    #expect(inside.add(1, ordering: .sequentiallyConsistent).newValue == 1)
                    inside.subtract(1, ordering: .sequentiallyConsistent)
                    // From here on another one may be in.
                    unlink(path)
                }
            }
        }
    }

    @Test("a child that was started meanwhile does not keep it")
    func children() throws {
        defer { FileTree.remove(directory) }
        var process: pid_t = 0
        try with(directory + "/lock", patience: 0) {
            var words = [strdup("/bin/sleep"), strdup("30"), nil]
            defer { for word in words { free(word) } }
            try #require(posix_spawn(&process, "/bin/sleep", nil, nil, &words, environ) == 0)
        }
        defer {
            kill(process, SIGKILL)
            waitpid(process, nil, 0)
        }
        try with(directory + "/lock", patience: 0) {}
    }

    @Test("a process that is killed holds nothing, and one that was stopped holds it until the deadline only")
    func deaths() async throws {
        defer { FileTree.remove(directory) }
        let (lock, mark) = (directory + "/lock", directory + "/held")
        let log = URL(filePath: directory + "/log")
        let holder = try Server("/usr/bin/flock", [lock, "/bin/sh", "-c", "echo >\(mark); exec sleep 3600"], log: log)
        defer { holder.kill() }
        try await eventually("it holds the lock") { FileStatus(at: mark) != nil }
        holder.signalGroup(SIGSTOP)
        let error = #expect(throws: SystemError.self) { try with(lock, patience: 10) {} }
        #expect(error?.code == ETIMEDOUT)
        holder.kill()
        try with(lock, patience: 60_000) {}
    }

    @Test("what lies in the way of a lock is told at once, and a link leads to no other file") func inTheWay() throws {
        defer { FileTree.remove(directory) }
        try FileTree.makeDirectory(directory + "/directory", mode: 0o700)
        try AtomicFile.replace(directory + "/file", with: [], mode: 0o600)
        symlink("outside", directory + "/link")
        let cases: [(String, FileLock.Kind, Int32)] = [
            ("directory", .file, EISDIR), ("link", .file, ELOOP), ("file", .directory, ENOTDIR),
            ("file", .presentDirectory, ENOTDIR), ("link", .directory, ENOTDIR), ("link", .presentDirectory, ENOTDIR),
        ]
        for (name, kind, code) in cases {
            let error = #expect(throws: SystemError.self) {
                try with("\(directory)/\(name)", kind, patience: 3_600_000) {}
            }
            #expect(error?.code == code, "\(name) \(kind)")
        }
        #expect(FileStatus(at: directory + "/outside") == nil)
    }
}
