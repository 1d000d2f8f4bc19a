import Glibc
package import Subprocess

/// Runs other programs to their end: argument arrays, no shell, a time limit.
package enum Program {
    /// What a program left.
    package struct Outcome: Sendable {
        /// Whether its exit status is 0.
        package let isSuccess: Bool
        /// In words: `exited(1)`.
        package let status: String
        /// What it printed, on both channels.
        package let output: String
    }

    /// What a program gets of this process's environment.
    package enum Variables: Sendable {
        /// All, with `LC_ALL=C`, the directories of root's programs in `PATH`, and these.
        case inherited([String: String] = [:])
        /// None but these, and `PATH`.
        case only([String: String])
    }

    /// - Parameters:
    ///   - words: the program and its arguments. One with a slash is looked for in that directory only.
    ///   - limit: when it is killed.
    ///   - outputLimit: bytes; a program that prints more has failed.
    /// - Throws: `ProgramFailure` if there is no result; a status that is not 0 is one.
    package static func run(
        _ words: [String], _ variables: Variables = .inherited(), limit: Duration = .seconds(60),
        outputLimit: Int = 1 << 20
    ) async throws(ProgramFailure) -> Outcome {
        let program = words.first ?? ""
        try checkDirectory(of: program)
        let result = try await ProgramRun.within(limit, of: program) {
            try await Subprocess.run(
                executable(program),
                arguments: Arguments(Array(words.dropFirst())), environment: environment(variables, for: program),
                output: .string(limit: outputLimit), error: .combinedWithOutput)
        }
        return Outcome(
            isSuccess: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)",
            output: result.standardOutput)
    }

    /// Runs a command of the admin's, if there is one; what it prints goes where ours goes, so that nothing it leaves
    /// running holds a pipe.
    /// - Throws: as `run`; for a status that is not 0, too.
    package static func order(
        _ words: [String], limit: Duration = .seconds(60)
    ) async throws(ProgramFailure) {
        guard let program = words.first else { return }
        try checkDirectory(of: program)
        let status = try await ProgramRun.within(limit, of: program) {
            try await Subprocess.run(
                executable(program),
                arguments: Arguments(Array(words.dropFirst())), environment: environment(.inherited(), for: program),
                output: .currentStandardError, error: .currentStandardError
            ).terminationStatus
        }
        guard status.isSuccess else {
            throw ProgramFailure(program: "`\(words.joined(separator: " "))`", cause: .failed("\(status)"))
        }
    }

    // MARK: Where programs are

    /// root's own, which `PATH` may lack under sudo and cron.
    package static let usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// For a program that is run otherwise.
    package static func environment(_ variables: Variables, for program: String) -> Environment {
        switch variables {
        case .inherited(let own):
            let inherited = getenv("PATH").map { String(cString: $0) }
            let path = [inherited, usualPath].compactMap { $0 }.joined(separator: ":")
            let all = ["LC_ALL": "C", "PATH": self.path(path, for: program)].merging(own) { $1 }
            return .inherit.updating(keyed(all.mapValues { Optional($0) }))
        case .only(let own):
            return .custom(keyed(["PATH": path(usualPath, for: program)].merging(own) { $1 }))
        }
    }

    private static func keyed<Value>(_ variables: [String: Value]) -> [Environment.Key: Value] {
        Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) })
    }

    /// `PATH` leads further, for the program's own children.
    private static func checkDirectory(of program: String) throws(ProgramFailure) {
        guard program.utf8.contains(UInt8(ascii: "/")), access(program, X_OK) != 0 else { return }
        throw ProgramFailure(program: program, cause: .notInstalled)
    }

    /// A path is run as it is: looked for in `PATH`, one that can't be run would be followed by the next of its name.
    private static func executable(_ program: String) -> Executable {
        program.utf8.contains(UInt8(ascii: "/")) ? .path(literal(program)) : .name(program)
    }

    /// A path for Subprocess, whose type is of a package that is none of ours.
    private static func literal<Path: ExpressibleByStringLiteral>(_ text: Path.StringLiteralType) -> Path {
        Path(stringLiteral: text)
    }

    private static func path(_ path: String, for program: String) -> String {
        guard let slash = program.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return "\(slash == program.startIndex ? "/" : String(program[..<slash])):\(path)"
    }
}
