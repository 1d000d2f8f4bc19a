/// Parses `item[,item…]` with `item = word[:argument[:"comment"]]`. Works on scalars, not characters: clients split at
/// the comma's byte even where a combining mark follows it.
struct LinboCommandParser {
    private(set) var systemNumbers: [LinboCommandList.Position] = []
    private(set) var partitionNumbers: [LinboCommandList.Position] = []

    private let scalars: [Unicode.Scalar]
    private var index = 0

    private enum Form {
        case bare(LinboCommand)
        case partition((Int?) -> LinboCommand)
        case download((DownloadType?) -> LinboCommand)
        case system((Int) -> LinboCommand)
        case commented((Int, String?) -> LinboCommand)
    }

    private static func form(of word: String) -> Form? {
        switch word {
        case "partition": .bare(.partition)
        case "label": .bare(.label)
        case "format": .partition { .format($0) }
        case "initcache": .download { .initcache($0) }
        case "sync": .system { .sync($0) }
        case "new": .system { .new($0) }
        case "postsync": .system { .postsync($0) }
        case "start": .system { .start($0) }
        case "prestart": .system { .prestart($0) }
        case "create_image": .commented { .createImage($0, comment: $1) }
        case "create_qdiff": .commented { .createQdiff($0, comment: $1) }
        case "upload_image": .system { .uploadImage($0) }
        case "upload_qdiff": .system { .uploadQdiff($0) }
        case "reboot": .bare(.reboot)
        case "halt": .bare(.halt)
        case "poweroff": .bare(.poweroff)
        case "update": .bare(.update)
        case "noauto": .bare(.noauto)
        case "disablegui": .bare(.disablegui)
        default: nil
        }
    }

    private static let words = [
        "partition", "label", "format", "initcache", "sync", "new", "postsync", "start", "prestart", "create_image",
        "create_qdiff", "upload_image", "upload_qdiff", "reboot", "halt", "poweroff", "update", "noauto", "disablegui",
    ]

    init(_ scalars: [Unicode.Scalar]) {
        self.scalars = scalars
    }

    mutating func list() throws(LinboCommandError) -> [LinboCommand] {
        var commands = [try item()]
        while take(",") {
            let start = index
            let next = try item()
            if let last = commands.last(where: { !$0.isFlag }), last.leaves, !next.isFlag {
                throw error(at: start, "nothing can come behind \(last): LINBO has ended by then")
            }
            commands.append(next)
        }
        guard index == scalars.count else { throw error(at: index, "a comma is missing here") }
        return commands
    }

    private mutating func item() throws(LinboCommandError) -> LinboCommand {
        skipBlanks()
        let start = index
        let word = takeWord()
        guard !word.isEmpty else { throw error(at: start, "a command is missing here") }
        guard word != "linbo" else {
            throw error(at: start, "leave out 'linbo:': the password is added by the server")
        }
        guard let form = Self.form(of: word) else {
            let nearest = nearestWord(to: word, in: Self.words).map { "; did you mean '\($0)'?" }
            throw error(at: start, "unknown command \(quoted(word))\(nearest ?? "")")
        }
        let command = try argument(of: word, form)
        skipBlanks()
        return command
    }

    private mutating func argument(of word: String, _ form: Form) throws(LinboCommandError) -> LinboCommand {
        switch form {
        case .bare(let command): return command
        case .partition(let make):
            guard take(":") else { return make(nil) }
            let position = try number("a partition's number, such as \(word):1")
            partitionNumbers.append(position)
            return make(position.number)
        case .download(let make): return make(take(":") ? try downloadType() : nil)
        case .system(let make): return make(try system(word))
        case .commented(let make):
            let number = try system(word)
            return make(number, take(":") ? try comment() : nil)
        }
    }

    private mutating func system(_ word: String) throws(LinboCommandError) -> Int {
        guard take(":") else { throw error(at: index, "\(word) needs a system's number: \(word):1") }
        let position = try number("a system's number, such as \(word):1")
        systemNumbers.append(position)
        return position.number
    }

    private mutating func number(_ meant: String) throws(LinboCommandError) -> LinboCommandList.Position {
        let start = index
        let digits = takeWord()
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), digits.first != "0", let number = Int(digits)
        else {
            throw error(at: start, "this must be \(meant)")
        }
        guard number <= 99 else { throw error(at: start, "a number from 1 to 99 must stand here") }
        return LinboCommandList.Position(number: number, column: column(of: start))
    }

    private mutating func downloadType() throws(LinboCommandError) -> DownloadType {
        let start = index
        let word = takeWord()
        guard let type = DownloadType(rawValue: word) else {
            let nearest = nearestWord(to: word, in: DownloadType.allCases.map { $0.rawValue })
            throw error(at: start, nearest.map { "did you mean '\($0)'?" } ?? "write rsync, multicast or torrent")
        }
        return type
    }
}

// Comments.
extension LinboCommandParser {
    /// `"text"`, or `\"text\"` as linbo-remote writes it. Runs of blanks become one, as there; no text is no comment.
    private mutating func comment() throws(LinboCommandError) -> String? {
        let isEscaped = take("\\")
        guard take("\"") else { throw error(at: index, "a comment stands in quotes: \"text\"") }
        let start = index
        while index < scalars.count, scalars[index] != "\"", scalars[index] != "\\" {
            try check(scalars[index])
            index += 1
        }
        let text = string(scalars[start..<index]).split(separator: " ").joined(separator: " ")
        guard !isEscaped || take("\\") else { throw error(at: index, "the comment must end in \\\" here") }
        guard take("\"") else { throw error(at: index, "the comment must end in '\"' here") }
        // The client looks for these words anywhere in the file (docs/linbo.md#boot-commands).
        guard !text.contains("noauto"), !text.contains("disablegui") else {
            throw error(at: start, "a comment must not hold 'noauto' or 'disablegui': the client would obey it")
        }
        return text.isEmpty ? nil : text
    }

    private func check(_ scalar: Unicode.Scalar) throws(LinboCommandError) {
        if scalar == "," || scalar == ":" {
            throw error(at: index, "a comment must not hold '\(scalar)': the client splits there")
        }
        if hasControlCharacter(String(scalar)) { throw error(at: index, "a control character in a comment") }
        if scalar == "$" || scalar == "`" {
            throw error(at: index, "a comment must not hold '\(scalar)': it acts in the client's shell")
        }
        if scalar == "*" || scalar == "?" || scalar == "[" {
            throw error(at: index, "a comment must not hold '\(scalar)': the client puts names of its files there")
        }
    }
}

// Scanning.
extension LinboCommandParser {
    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard index < scalars.count, scalars[index] == scalar else { return false }
        index += 1
        return true
    }

    private mutating func skipBlanks() {
        while take(" ") {}
    }

    private mutating func takeWord() -> String {
        let start = index
        while index < scalars.count, !" ,:".unicodeScalars.contains(scalars[index]) { index += 1 }
        return string(scalars[start..<index])
    }

    private func string(_ part: ArraySlice<Unicode.Scalar>) -> String {
        String(String.UnicodeScalarView(part))
    }

    private func column(of offset: Int) -> Int { string(scalars[..<offset]).count }

    private func error(at offset: Int, _ message: String) -> LinboCommandError {
        LinboCommandError(column: column(of: offset), message: message)
    }
}
