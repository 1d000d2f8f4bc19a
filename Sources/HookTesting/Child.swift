import Foundation
import Synchronization

/// A child process, started by posix_spawn(3): Foundation's `Process` crashes when several threads start some at once.
final class Child: Sendable {
    let process: Int32
    private let ended = Mutex<Int32?>(nil)

    struct CannotStart: Error, CustomStringConvertible {
        let description: String
    }

    init(
        _ program: String, _ arguments: [String], environment: [String: String], output: Int32, errors: Int32
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        // Dispatch's threads block signals, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var entries: [UnsafeMutablePointer<CChar>?] = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + entries { free(pointer) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, &attributes, &words, &entries)
        guard code == 0 else { throw CannotStart(description: "\(program): \(String(cString: strerror(code)))") }
        self.process = process
    }

    /// Its exit status, or 128 and its signal; nil while it runs.
    var status: Int32? { reap(WNOHANG) }

    @discardableResult
    private func reap(_ options: Int32) -> Int32? {
        ended.withLock { ended in
            if let ended { return ended }
            var raw: Int32 = 0
            guard waitpid(process, &raw, options) == process else { return nil }
            let signal = raw & 0x7F
            ended = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
            return ended
        }
    }

    /// To it and all its children: rsync's client is two processes.
    func signalGroup(_ number: Int32) {
        _ = kill(-process, number)
    }

    /// After SIGKILL it waits for the end: until then a process holds its locks and ports, and a machine that has much
    /// to do takes its time.
    func signal(_ number: Int32) {
        guard status == nil else { return }
        _ = kill(process, number)
        if number == SIGKILL { reap(0) }
    }
}
