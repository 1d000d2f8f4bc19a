/// How to reach the daemon, and what to do if it is silent.
struct Options {
    var call: HookCall
    var socket = "/run/linbo-hookd/hook.sock"
    var config = "/etc/linbo-hookd.yaml"
    /// Milliseconds without a sign of life from the daemon until `once` does the work.
    var patience = 2000
}

/// The command line.
enum Invocation {
    case hook(Options)
    /// Called as rsyncd's shell: `linbo-hook -c COMMAND`.
    case shell(Word)
    case help
    case version
    case wrong(String)

    static let usage = """
        usage: linbo-hook [--socket PATH] [--config FILE] [--wait MILLISECONDS] early|pre|post
               linbo-hook -c COMMAND      as rsyncd's RSYNC_SHELL

        Run by rsyncd (`linboctl rsyncd-conf` prints the lines); all else comes from rsyncd's environment.

          --socket PATH   where linbo-hookd listens (/run/linbo-hookd/hook.sock)
          --config FILE   for `linbo-hookd once`, which does the work if the daemon is silent (/etc/linbo-hookd.yaml)
          --wait MS       how long the daemon may be silent (2000)

        exit status: 0 go on, 1 refused (the reason is printed for the client), 2 wrong usage

        """

    init(_ arguments: [Word]) {
        var rest = arguments.dropFirst()
        if let first = rest.first, case "-c" = first {
            self = rest.count == 2 ? .shell(arguments[2]) : .wrong("-c wants one command")
            return
        }
        var options = Options(call: .early)
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h":
                self = .help
                return
            case "--version":
                self = .version
                return
            case "--socket", "--config", "--wait":
                guard let value = rest.popFirst(), options.set(word, to: value) else {
                    self = .wrong("\(word.text) wants a value")
                    return
                }
            default:
                guard let call = HookCall(word: word.text), rest.isEmpty else {
                    self = .wrong("'\(word.text)' is none of early, pre, post")
                    return
                }
                options.call = call
                self = .hook(options)
                return
            }
        }
        self = .wrong("one of early, pre, post is missing")
    }
}

extension Options {
    fileprivate mutating func set(_ option: Word, to word: Word) -> Bool {
        let value = word.text
        switch option {
        case "--socket": socket = value
        case "--config": config = value
        default:
            guard let number = Int(value), (1...600_000).contains(number) else { return false }
            patience = number
        }
        return !word.bytes.isEmpty
    }
}
