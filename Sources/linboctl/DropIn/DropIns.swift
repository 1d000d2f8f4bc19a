import ArgumentParser
import CommandLineKit
import Glibc
import LinboHookd

/// Names of upstream's programs that linboctl does the work of, called by such a name (docs/drop-ins.md).
enum DropIns {
    private static let own = [
        DropIn(name: "linbo-remote", run: LinboRemote.run),
        DropIn(name: "linbo-ssh") { words, options in await PCShellCommand(options).ssh(words) },
        DropIn(name: "linbo-scp") { words, _ in
            PCShellCommand.scp(words, calledAs: CommandLine.arguments.first ?? "linbo-scp")
        },
    ]

    /// - Parameter path: the program's name as its caller gave it.
    static func called(by path: String) -> DropIn? {
        let all = own + pluginRegistry.flatMap { ($0 as? any DropInProvider.Type)?.dropIns ?? [] }
        return all.first { $0.name == String(path.split(separator: "/").last ?? "") }
    }

    /// - Parameter words: without the program's name.
    /// - Returns: the exit status.
    static func run(_ dropIn: DropIn, _ words: [String]) async -> Int32 {
        do {
            return try await dropIn.run(words, try CommonOptions.parse([]))
        } catch {
            Terminal.complain("\(dropIn.name): \(error)")
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
