import Foundation
import Glibc
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
}
