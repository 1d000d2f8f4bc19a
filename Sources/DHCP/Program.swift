import Glibc
import Subprocess

/// Runs other programs: argument arrays, no shell.
enum Program {
    struct Failure: Error, Hashable, CustomStringConvertible {
        let description: String
    }

    struct Result {
        let isSuccess: Bool
        let status: String
        let output: String
    }

    /// A checker's output: one line for each error, and a few around them.
    private static let outputLimit = 1 << 20

    /// Runs a checker to its end.
    /// - Returns: what it printed, on both channels.
    /// - Throws: `Failure` if it can't be started, or takes longer than a minute.
    static func check(_ program: String, _ arguments: [String]) async throws(Failure) -> Result {
        try await withLimit(program) {
            let result = try await Subprocess.run(
                .name(name(of: program)), arguments: Arguments(arguments),
                environment: .inherit.updating([
                    "LC_ALL": "C", "PATH": path(for: program), "KEA_LOCKFILE_DIR": "none",
                ]), output: .string(limit: outputLimit), error: .combinedWithOutput)
            return Result(
                isSuccess: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)",
                output: result.standardOutput ?? "")
        }
    }

    /// Runs a command of the admin's; what it prints goes where ours goes. Whatever it leaves running keeps no pipe.
    /// - Throws: `Failure` if it can't be started, takes longer than a minute, or fails.
    static func order(_ command: [String]) async throws(Failure) {
        guard let program = command.first else { return }
        let result = try await withLimit(program) {
            let result = try await Subprocess.run(
                .name(name(of: program)), arguments: Arguments(Array(command.dropFirst())),
                environment: .inherit.updating(["PATH": path(for: program)]), output: .currentStandardError,
                error: .currentStandardError)
            return Result(
                isSuccess: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)", output: "")
        }
        guard result.isSuccess else {
            throw Failure(description: "`\(command.joined(separator: " "))` failed: \(result.status)")
        }
    }

    // MARK: Where programs are

    private static func name(of program: String) -> String {
        program.split(separator: "/").last.map(String.init) ?? program
    }

    /// A program that is given with its folder is looked for there only.
    private static func path(for program: String) -> String {
        if let slash = program.utf8.lastIndex(of: UInt8(ascii: "/")) { return String(program[..<slash]) }
        let own = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return "\(own):/usr/local/sbin:/usr/sbin:/sbin"
    }

    private struct TimedOut: Error {}

    private static func withLimit(
        _ program: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws(Failure) -> Result {
        do {
            return try await withThrowingTaskGroup(of: Result.self) { group in
                group.addTask(operation: body)
                group.addTask {
                    try await Task.sleep(for: .seconds(60))
                    throw TimedOut()
                }
                defer { group.cancelAll() }
                guard let result = try await group.next() else { throw TimedOut() }
                return result
            }
        } catch is TimedOut {
            throw Failure(description: "\(program) took longer than a minute and was stopped")
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw Failure(description: "\(program) is not installed")
        } catch {
            throw Failure(description: "\(program): \(error)")
        }
    }
}
