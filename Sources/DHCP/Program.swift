import Glibc
import Programs
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

    private static let limit = Duration.seconds(60)
    /// A checker's output: one line for each error, and a few around them.
    private static let outputLimit = 1 << 20

    /// Runs a checker to its end.
    /// - Returns: what it printed, on both channels.
    /// - Throws: `Failure` if it can't be started, or takes longer than a minute.
    static func check(_ program: String, _ arguments: [String]) async throws(Failure) -> Result {
        let result = try await within(program) {
            try await Subprocess.run(
                .name(name(of: program)), arguments: Arguments(arguments),
                environment: .inherit.updating([
                    "LC_ALL": "C", "PATH": path(for: program), "KEA_LOCKFILE_DIR": "none",
                ]), output: .string(limit: outputLimit), error: .combinedWithOutput)
        }
        return Result(
            isSuccess: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)",
            output: result.standardOutput ?? "")
    }

    /// Runs a command of the admin's; what it prints goes where ours goes. Whatever it leaves running keeps no pipe.
    /// - Throws: `Failure` if it can't be started, takes longer than a minute, or fails.
    static func order(_ command: [String]) async throws(Failure) {
        guard let program = command.first else { return }
        let status = try await within(program) {
            try await Subprocess.run(
                .name(name(of: program)), arguments: Arguments(Array(command.dropFirst())),
                environment: .inherit.updating(["PATH": path(for: program)]), output: .currentStandardError,
                error: .currentStandardError
            ).terminationStatus
        }
        guard status.isSuccess else {
            throw Failure(description: "`\(command.joined(separator: " "))` failed: \(status)")
        }
    }

    private static func within<Outcome: Sendable>(
        _ program: String, _ body: @escaping @Sendable () async throws -> Outcome
    ) async throws(Failure) -> Outcome {
        do throws(ProgramFailure) {
            return try await ProgramRun.within(limit, of: program, body)
        } catch {
            throw Failure(description: "\(error)")
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
}
