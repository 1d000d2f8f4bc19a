/// Which modules the commands of a menu are in, by GRUB's own list: a host image has no place to load them from, and a
/// command that is not there ends at GRUB's prompt.
struct MenuCommands {
    /// `command.lst`: `command: module`, some with a `*` before them.
    private let modules: [String: String]

    /// Words that a command may follow, beside the begin of a line.
    private static let openers: Set<Substring> = ["if", "elif", "while", "until", "then", "else", "do", "!", "{"]

    init(list: String) {
        var modules: [String: String] = [:]
        for line in list.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let command = line[..<colon].drop { $0 == "*" }
            modules[String(command)] =
                line[line.index(after: colon)...].trimmingPrefix(while: \.isWhitespace).description
        }
        self.modules = modules
    }

    /// - Returns: each once, in the order of the menu; those that `insmod` names are among them.
    func needed(by menu: String) -> [String] {
        var found: [String] = []
        for words in Self.commands(of: menu) {
            guard let first = words.first else { continue }
            if first == "insmod" {
                found += words.dropFirst().map(String.init)
            } else if let module = modules[String(first)] {
                found.append(module)
            }
        }
        var seen: Set<String> = []
        return found.filter { seen.insert($0).inserted }
    }

    /// The words of each command, quotes and comments aside.
    private static func commands(of menu: String) -> [[Substring]] {
        menu.split(whereSeparator: { $0.isNewline || $0 == ";" || $0 == "}" }).compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace).prefix { !$0.hasPrefix("#") }
            // A block's command stands in its own line, or behind the brace.
            let start = words.lastIndex { openers.contains($0) }.map { words.index(after: $0) } ?? words.startIndex
            return start < words.endIndex ? Array(words[start...]) : nil
        }
    }
}
