import Foundation
import Synchronization

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
        _ program: String, _ arguments: [String], environment: [String: String] = [:], folder: URL? = nil
    ) async throws -> CommandResult {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        // Files, not pipes: a program that leaves a child behind would keep a pipe open.
        let captured = try Capture()
        process.standardOutput = captured.output
        process.standardError = captured.errors
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        return CommandResult(
            status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: try captured.text(captured.output), errors: try captured.text(captured.errors))
    }

    private struct Capture {
        let output: FileHandle
        let errors: FileHandle

        init() throws {
            output = try Self.temporary()
            errors = try Self.temporary()
        }

        private static func temporary() throws -> FileHandle {
            var template = Array("/tmp/linbo-hookd-output.XXXXXX".utf8CString)
            let descriptor = mkstemp(&template)
            guard descriptor >= 0 else { throw POSIXError(.EIO) }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            unlink(template)
            return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        }

        func text(_ handle: FileHandle) throws -> String {
            try handle.seek(toOffset: 0)
            return String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        }
    }
}

/// A server that a test started; it ends it.
final class Server: Sendable {
    let process: Int32
    private let ended = Mutex<Int32?>(nil)
    let log: URL

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if !FileManager.default.fileExists(atPath: log.path) {
            FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        self.log = log
        try process.run()
        self.process = process.processIdentifier
        process.terminationHandler = { [weak self] in
            let status = $0.terminationStatus
            self?.ended.withLock { $0 = status }
        }
    }

    var hasEnded: Bool { ended.withLock { $0 != nil } || kill(process, 0) != 0 }

    func signal(_ number: Int32) {
        _ = kill(process, number)
    }

    func stop() async throws {
        signal(SIGCONT)
        signal(SIGTERM)
        try await eventually("process \(process) ends") { hasEnded }
    }

    var logged: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
}

struct NeverCame: Error, CustomStringConvertible {
    let description: String
}

/// Waits for a condition, looking again and again.
func eventually(
    _ what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverCame(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(5))
    }
}
