import Foundation
import LinuxKit
import Synchronization

/// A child process. Foundation's `Process` crashes when several threads start some at once.
final class Child: Sendable {
    let process: Int32
    private let ended = Mutex<Int32?>(nil)

    /// - Parameter environment: what it has besides this process's own.
    /// - Throws: `SystemError` that names the program.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], output: Int32, errors: Int32
    ) throws {
        let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process = try Spawn.start(
            [program] + arguments, environment: merged.map { "\($0.key)=\($0.value)" }, output: output,
            errors: errors, hasGroup: true)
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
