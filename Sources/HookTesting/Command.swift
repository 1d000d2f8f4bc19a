package import Foundation

/// What a program that ended left.
package struct CommandResult: Sendable, CustomStringConvertible {
    /// 128 and more: a signal.
    package let status: Int32
    package let output: String
    package let errors: String

    package var description: String { "exit \(status)\n\(output)\(errors)" }
}

/// Runs programs with argument arrays, to their end.
package enum Command {
    /// Returns when the program has ended.
    /// - Throws: `NeverCame`, and kills it, if it has not ended within `limit`: one that hangs is this test's fault, and
    ///   not the end of the whole run.
    package static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:],
        within limit: Duration = .seconds(300)
    ) async throws -> CommandResult {
        // Files, not pipes: a program that leaves a child behind would keep a pipe open.
        let output = try temporaryFile()
        let errors = try temporaryFile()
        let child = try Child(
            program, arguments, environment: environment, output: output.fileDescriptor,
            errors: errors.fileDescriptor)
        let deadline = ContinuousClock.now + limit
        while true {
            if let status = child.status {
                return CommandResult(status: status, output: try text(output), errors: try text(errors))
            }
            guard ContinuousClock.now < deadline else {
                child.signalGroup(SIGKILL)
                let words = ([program] + arguments).joined(separator: " ")
                throw NeverCame(description: "not within \(limit), the end of \(words)")
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
package final class Server: Sendable {
    private let child: Child
    /// What it says.
    package let log: URL

    /// - Parameters:
    ///   - environment: what it has besides this process's own.
    ///   - log: gets its standard output and errors.
    package init(_ program: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        let descriptor = open(log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(.EIO) }
        defer { close(descriptor) }
        self.log = log
        child = try Child(
            program, arguments, environment: environment, output: descriptor, errors: descriptor)
    }

    /// Its number.
    package var process: Int32 { child.process }
    /// nil while it runs.
    package var status: Int32? { child.status }
    /// Whether it has ended, by itself or not.
    package var hasEnded: Bool { child.status != nil }

    /// SIGKILL returns when it has ended.
    package func signal(_ number: Int32) {
        child.signal(number)
    }

    /// To it and all its children.
    package func signalGroup(_ number: Int32) {
        child.signalGroup(number)
    }

    /// Ends it, and returns when it has ended.
    package func stop() async throws {
        signal(SIGCONT)
        signal(SIGTERM)
        try await eventually("process \(process) ends") { hasEnded }
        signalGroup(SIGKILL)
    }

    /// Ends it and its children without telling them first.
    package func kill() {
        signalGroup(SIGKILL)
        signal(SIGKILL)
    }

    /// What it has said until now.
    package var logged: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
}

/// What was waited for did not come.
package struct NeverCame: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// Waits for a condition, looking again and again.
package func eventually(
    _ what: String, within limit: Duration = .seconds(120), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverCame(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}
