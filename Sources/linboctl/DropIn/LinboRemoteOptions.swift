import LinboModel

/// What linbo-remote is told, in any order: letters with one minus before them, several behind one minus if all but the
/// last have no argument.
struct LinboRemoteOptions: Equatable {
    /// `-i`
    var names: [String] = []
    /// `-g`
    var group: String?
    /// `-r`
    var room: String?
    /// `-s`; nil: default-school.
    var school: String?
    /// `-c`, as LINBO's commands are written here.
    var command: String?
    /// `-p`, likewise.
    var onboot: String?
    /// `-w`, in seconds.
    var wait: Int?
    /// `-b`, in seconds.
    var pause: Int?
    /// `-d`
    var disablesGUI = false
    /// `-n`
    var noAuto = false

    enum Call: Equatable {
        case order(LinboRemoteOptions)
        /// `-a`
        case attach(String)
        /// `-l`
        case list
        /// `-h`
        case help
    }

    /// Why nothing is done.
    struct Refusal: Error, Equatable {
        let reason: String
        /// That line is for standard error.
        var isError = false
    }

    private static let withArgument: Set<Character> = ["i", "g", "r", "s", "c", "p", "w", "b", "a"]
    private static let longestWait = 86_400

    /// - Throws: `Refusal`.
    static func call(_ words: [String]) throws(Refusal) -> Call {
        var options = Self()
        var rest = words[...]
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            rest = rest.dropFirst()
            if word == "--" { break }
            var letters = word.dropFirst()
            while let letter = letters.popFirst() {
                switch letter {
                case "h": return .help
                case "l": return .list
                case "u": break
                case "d": options.disablesGUI = true
                case "n": options.noAuto = true
                case _ where withArgument.contains(letter):
                    let argument = letters.isEmpty ? rest.popFirst() : String(letters)
                    letters = ""
                    guard let argument else {
                        throw Refusal(reason: "Option -\(letter) needs an argument.", isError: true)
                    }
                    if letter == "a" { return .attach(argument) }
                    try options.set(letter, argument)
                default: throw Refusal(reason: "Invalid option: -\(printable("\(letter)"))", isError: true)
                }
            }
        }
        guard rest.isEmpty else { throw Refusal(reason: "\(printable(rest[rest.startIndex])) belongs to no option!") }
        try options.check()
        return .order(options)
    }

    private mutating func set(_ letter: Character, _ argument: String) throws(Refusal) {
        let text = argument.isEmpty ? nil : argument
        switch letter {
        case "i": names = argument.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
        case "g": group = text
        case "r": room = text
        case "s": school = text == SchoolName.default.text ? nil : text
        case "c": command = text.map(LinboRemoteCommands.written)
        case "p": onboot = text.map(LinboRemoteCommands.written)
        case "w": wait = try Self.seconds(argument, letter)
        default: pause = try Self.seconds(argument, letter)
        }
    }

    private static func seconds(_ text: String, _ letter: Character) throws(Refusal) -> Int {
        guard let number = Int(digits: text), number <= longestWait else {
            throw Refusal(
                reason: "\(printable(text, most: 50)) is not an integer for -\(letter), 0 to \(longestWait)!")
        }
        return number
    }

    private func check() throws(Refusal) {
        guard !names.isEmpty || group != nil || room != nil else {
            throw Refusal(reason: "Say for whom: -i, -g or -r!")
        }
        guard [!names.isEmpty, group != nil, room != nil].count(where: { $0 }) == 1 else {
            throw Refusal(reason: "Only one of -i, -g and -r may be given!")
        }
        guard command == nil || onboot == nil else { throw Refusal(reason: "-c and -p exclude each other!") }
        guard command != nil || onboot != nil || wait != nil || keepsFlags else {
            throw Refusal(reason: "Say what is to be done: -c, -p, -w, -d or -n!")
        }
        guard pause == nil || wait != nil else { throw Refusal(reason: "-b is for -w!") }
        let text = command ?? onboot ?? ""
        guard !text.contains("upload") && !text.contains("create") || names.count == 1 else {
            throw Refusal(reason: "Images are made and uploaded by a single host: name one with -i!")
        }
        guard school.map({ $0.allSatisfy(Self.isOfName) }) ?? true else {
            throw Refusal(reason: "\(printable(school ?? "", most: 50)) is no school!")
        }
    }

    private static func isOfName(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
    }

    private var keepsFlags: Bool { disablesGUI || noAuto }

    /// Whether something is kept for the next boot, and if so what.
    var kept: String? {
        guard onboot != nil || keepsFlags else { return nil }
        return ([onboot] + [noAuto ? "noauto" : nil, disablesGUI ? "disablegui" : nil]).compactMap { $0 }
            .joined(separator: ",")
    }
}

/// LINBO's commands as linbo-remote takes them: a comment has no quotes, and commas are in it.
enum LinboRemoteCommands {
    private static let words: Set<Substring> = [
        "partition", "label", "format", "initcache", "sync", "new", "postsync", "start", "prestart", "create_image",
        "create_qdiff", "upload_image", "upload_qdiff", "reboot", "halt", "poweroff", "update",
    ]

    /// - Returns: the same with quotes, to be checked by whoever does it. Clients split at commas wherever they stand:
    ///   in a comment they become semicolons. Empty items go.
    static func written(_ text: String) -> String {
        var items: [String] = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let word = piece.drop { $0 == " " }.prefix { $0 != ":" }
            if let last = items.last, comment(of: last) != nil, !words.contains(word) {
                items[items.count - 1] = "\(last);\(piece)"
            } else if !piece.allSatisfy({ $0 == " " }) {
                items.append(String(piece))
            }
        }
        return items.map(quoted).joined(separator: ",")
    }

    private static func comment(of item: String) -> (head: String, text: Substring)? {
        let parts = item.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, ["create_image", "create_qdiff"].contains(parts[0].drop { $0 == " " }) else {
            return nil
        }
        return ("\(parts[0]):\(parts[1])", parts[2])
    }

    private static func quoted(_ item: String) -> String {
        guard let (head, text) = comment(of: item) else { return item }
        let plain = String(text.filter { $0 != "\"" && $0 != "\\" })
        return plain.allSatisfy { $0 == " " } ? head : "\(head):\"\(plain)\""
    }
}
