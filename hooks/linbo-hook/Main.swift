import CLibC

/// The program's entry, as C has it: Embedded Swift knows no `CommandLine`. The package manager links `main` to this
/// name, by which tests could link the program's sources beside their own `main`.
@_cdecl("linbo_hook_main")
func main(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
    Main.run((0..<Int(count)).map { index in Word(arguments[index].map { String(cString: $0) } ?? "") })
}

/// What rsyncd runs before and after each transfer. A hook that fails keeps a PC from booting, so this does as little
/// as can be: the client's directory by itself, all else by asking the daemon, and `linbo-hookd once` if that is
/// silent.
enum Main {
    static func run(_ arguments: [Word]) -> Never {
        // rsyncd may be started with a closed descriptor or a signal ignored; neither may end a hook silently.
        clibc_ignore(SIGPIPE)
        switch Invocation(arguments) {
        case .hook(let options): run(options)
        case .shell(let command): Shell.run(command)
        case .help: finish(0, Invocation.usage, to: STDOUT_FILENO)
        case .version: finish(0, "linbo-hook 0.1.0\n", to: STDOUT_FILENO)
        case .wrong(let reason): finish(2, "linbo-hook: \(reason)\n\n\(Invocation.usage)", to: STDERR_FILENO)
        }
    }

    static func run(_ options: Options) -> Never {
        if options.call == .early {
            switch EarlyView.make() {
            case .made: exit(0)
            case .refused(let text): finish(1, text + "\n", to: STDOUT_FILENO)
            case .notMade: break
            }
        }
        switch Daemon.ask(options) {
        case .proceed: exit(0)
        // rsyncd shows the client what a refusing hook wrote to its standard output.
        case .refuse(let text): finish(1, text + "\n", to: STDOUT_FILENO)
        case .silent: Once.run(options)
        }
    }

    static func finish(_ status: Int32, _ text: String, to descriptor: Int32) -> Never {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        exit(status)
    }
}
