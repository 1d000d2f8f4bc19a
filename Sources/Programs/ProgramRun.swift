import Subprocess

/// Runs of other programs, which end: by themselves, or killed when their time is over.
package enum ProgramRun {
    private struct TimedOut: Error {}

    /// - Parameters:
    ///   - program: its name, for failures.
    ///   - body: runs it, with Subprocess; cancelled when the time is over, which kills the program.
    /// - Throws: why there is no result; a status that is not 0 is one.
    package static func within<Result: Sendable>(
        _ limit: Duration, of program: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws(ProgramFailure) -> Result {
        do {
            return try await withThrowingTaskGroup(of: Result.self) { group in
                group.addTask(operation: body)
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw TimedOut()
                }
                defer { group.cancelAll() }
                guard let result = try await group.next() else { throw TimedOut() }
                return result
            }
        } catch is TimedOut {
            throw ProgramFailure(program: program, cause: .tookTooLong(limit))
        } catch is CancellationError {
            throw ProgramFailure(program: program, cause: .cancelled)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw ProgramFailure(program: program, cause: .notInstalled)
        } catch {
            throw ProgramFailure(program: program, cause: .other("\(error)"))
        }
    }
}

/// Why a run of a program has no result.
package struct ProgramFailure: Error, Hashable, CustomStringConvertible {
    /// What kept it from having one.
    package enum Cause: Hashable, Sendable {
        /// There is no program of this name in `PATH`, or the path leads to none that may be run.
        case notInstalled
        /// The limit that it was killed at.
        case tookTooLong(Duration)
        /// Whoever waited for it does not any more.
        case cancelled
        /// It ended with this status.
        case failed(String)
        /// In words: what kept it from being started, or its output from being read.
        case other(String)
    }

    /// Its name or path as the caller gave it; of an admin's order, the whole command in backticks.
    package let program: String
    /// What happened to it.
    package let cause: Cause

    /// A sentence without its full stop, for an admin.
    package var description: String {
        switch cause {
        case .notInstalled: "\(program) is not installed"
        case .tookTooLong(let limit): "\(program) took longer than \(limit) and was stopped"
        case .cancelled: "\(program) was stopped, as nobody waits for it any more"
        case .failed(let status): "\(program) failed: \(status)"
        case .other(let words): "\(program): \(words)"
        }
    }
}
