import Glibc
import HookHost
import LinuxKit

/// A program that is run to its end, with an argument array and next to no environment. Not by Subprocess, as other
/// programs are: images are made on threads of their own, which may block, where tasks may not.
struct ToolRun {
    let program: String
    let arguments: [String]

    private static let environment = ["PATH=/usr/bin:/bin", "LC_ALL=C", "SOURCE_DATE_EPOCH=0"]
    /// What an error shows of the program's own words.
    private static let wordLimit = 400

    /// Blocks its thread. A program that takes longer is killed.
    /// - Throws: `ImageFailure` with the program's last words, `SystemError`.
    func run(within limit: Duration) throws {
        // As a pipe, but closed from the start in programs that other threads run at the same time.
        var pipe: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &pipe) == 0 else { throw SystemError("socketpair", program) }
        defer { close(pipe[0]) }
        let process: pid_t
        do {
            defer { close(pipe[1]) }
            process = try Spawn.start([program] + arguments, environment: Self.environment, errors: pipe[1])
        }
        let deadline = ContinuousClock.now + limit
        var (words, isLate) = Self.read(pipe[0], until: deadline)
        var status: Int32 = 0
        // One that has closed its end may run on.
        while !isLate, waitpid(process, &status, WNOHANG) == 0 {
            isLate = ContinuousClock.now >= deadline
            _ = poll(nil, 0, 1)
        }
        if isLate {
            kill(process, SIGKILL)
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
        guard !isLate else { throw ImageFailure("\(program) took longer than \(limit)") }
        guard status == 0 else {
            let text = String(decoding: words, as: UTF8.self).split(separator: "\n").joined(separator: " ")
            throw ImageFailure("\(program) failed: \(text.isEmpty ? "status \(status)" : text)")
        }
    }

    /// What comes until the program closes its end, which it does by ending.
    private static func read(_ descriptor: Int32, until deadline: ContinuousClock.Instant) -> ([UInt8], isLate: Bool) {
        var words: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let left = (deadline - .now).components
            guard left.seconds >= 0, left.attoseconds >= 0 else { return (words, true) }
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wanted, 1, Int32(clamping: milliseconds + 1))
            guard ready > 0 else { continue }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return (words, false) }
            words = Array((words + buffer[..<count]).prefix(wordLimit))
        }
    }
}
