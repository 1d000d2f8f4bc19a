import Foundation

/// What a program that ended left.
struct CommandResult: Sendable, CustomStringConvertible {
    let status: Int32
    let output: String
    let errors: String

    var description: String { "exit \(status)\n\(output)\(errors)" }
}

/// Runs programs with argument arrays, to their end.
enum Command {
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> CommandResult {
        // Files, not pipes: a program that leaves a child behind would keep a pipe open.
        let output = try temporaryFile()
        let errors = try temporaryFile()
        let child = try Child(
            program, arguments, environment: environment, output: output.fileDescriptor,
            errors: errors.fileDescriptor)
        while true {
            if let status = child.status {
                return CommandResult(status: status, output: try text(output), errors: try text(errors))
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    private static func temporaryFile() throws -> FileHandle {
        var template = Array("/tmp/linbo-hookd-output.XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw POSIXError(.EIO) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func text(_ handle: FileHandle) throws -> String {
        try handle.seek(toOffset: 0)
        return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
    }
}

/// A server, or a client that takes long, that a test started; it ends it.
final class Server: Sendable {
    private let child: Child
    let log: URL

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        let descriptor = open(log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(.EIO) }
        defer { close(descriptor) }
        self.log = log
        child = try Child(
            program, arguments, environment: environment, output: descriptor, errors: descriptor)
    }

    var process: Int32 { child.process }
    var status: Int32? { child.status }
    var hasEnded: Bool { child.status != nil }

    func signal(_ number: Int32) {
        child.signal(number)
    }

    func signalGroup(_ number: Int32) {
        child.signalGroup(number)
    }

    func stop() async throws {
        signal(SIGCONT)
        signal(SIGTERM)
        try await eventually("process \(process) ends") { hasEnded }
        signalGroup(SIGKILL)
    }

    var logged: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
}

struct NeverCame: Error, CustomStringConvertible {
    let description: String
}

/// Waits for a condition, looking again and again.
func eventually(
    _ what: String, within limit: Duration = .seconds(120), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverCame(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}
