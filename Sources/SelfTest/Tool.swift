import Programs
import Subprocess

/// Runs other programs: argument arrays, no shell.
enum Tool {
    /// Runs a program to its end.
    /// - Throws: `BootTestError` with what it printed, unless its status is 0 within a minute.
    static func run(_ words: [String]) async throws(BootTestError) {
        let outcome: Program.Outcome
        do throws(ProgramFailure) { outcome = try await Program.run(words, outputLimit: 65_536) } catch {
            throw BootTestError("\(error)")
        }
        guard outcome.isSuccess else { throw BootTestError("\(words.joined(separator: " ")): \(outcome.output)") }
    }

    /// Runs a program until it ends or the task is cancelled; then it is told to end.
    /// - Parameter tell: is given each line that it prints.
    /// - Throws: `BootTestError` if it ends by itself.
    static func serve(_ words: [String], tell: @escaping @Sendable (String) -> Void) async throws {
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
        let result = try await Subprocess.run(
            .name(words[0]), arguments: Arguments(Array(words.dropFirst())),
            environment: Program.environment(.inherited(), for: words[0]),
            platformOptions: options, input: .none, output: .sequence, error: .combinedWithOutput
        ) { execution in
            for try await line in execution.standardOutput.strings() { tell(line) }
        }
        try Task.checkCancellation()
        throw BootTestError("\(words.first { !$0.hasPrefix("-") } ?? "") ended: \(result.terminationStatus)")
    }
}

/// Why a test can't run, or where a boot ended.
package struct BootTestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, and what to do about it; may have several lines.
    package let description: String

    /// - Parameter description: for the admin who runs the test.
    package init(_ description: String) {
        self.description = description
    }
}
