import ArgumentParser
import CommandLineKit
import Glibc

/// Names of upstream's programs that linboctl does the work of, called by such a name (docs/drop-ins.md).
enum DropIn: String, CaseIterable {
    case remote = "linbo-remote"
    case ssh = "linbo-ssh"
    case scp = "linbo-scp"

    /// - Parameter path: the program's name as its caller gave it.
    init?(calledAs path: String) {
        self.init(rawValue: String(path.split(separator: "/").last ?? ""))
    }

    /// - Parameter words: without the program's name.
    /// - Returns: the exit status.
    func run(_ words: [String]) async -> Int32 {
        do {
            let options = try CommonOptions.parse([])
            switch self {
            case .remote: return try await LinboRemote.run(words, options)
            case .ssh: return await PCShellCommand(options).ssh(words)
            case .scp: return PCShellCommand.scp(words, calledAs: CommandLine.arguments.first ?? rawValue)
            }
        } catch {
            Terminal.complain("\(rawValue): \(error)")
            return 1
        }
    }

    /// Another program takes this process's place.
    /// - Returns: if it can't be: the exit status for that, as shells have it.
    static func become(_ program: String, _ arguments: [String]) -> Int32 {
        // What this process ignores, the other one would ignore, too.
        signal(SIGPIPE, SIG_DFL)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        execv(program, &words)
        Terminal.complain("\(program): \(String(cString: strerror(errno)))")
        return 127
    }
}
