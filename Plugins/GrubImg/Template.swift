import LinboModel

/// A configuration with places to fill in. `@@name@@` is a value, already quoted for GRUB; lines of their own are
/// `@@if name@@`, `@@unless name@@` and `@@each name@@` … `@@end@@`.
struct Template: Sendable {
    indirect enum Node: Sendable {
        case text(String)
        case value(String)
        case condition(String, isWanted: Bool, [Node])
        case each(String, [Node])
    }

    enum Value: Sendable {
        /// Quoted, with blanks between several.
        case words([String])
        case flag(Bool)
        case list([[String: Value]])

        static func text(_ text: String?) -> Value { .words(text.map { [$0] } ?? []) }

        var isThere: Bool {
            switch self {
            case .words(let words): !words.isEmpty
            case .flag(let flag): flag
            case .list(let items): !items.isEmpty
            }
        }
    }

    let nodes: [Node]

    /// - Parameter known: names that it may use.
    /// - Throws: `Problem` with file and line.
    init(parsing text: String, file: String, known: Set<String>) throws(Problem) {
        var parser = TemplateParser(text: text, file: file, known: known)
        nodes = try parser.parse()
    }

    func filled(_ values: [String: Value]) -> String {
        var text = ""
        Self.fill(nodes, values, into: &text)
        return text
    }

    private static func fill(_ nodes: [Node], _ values: [String: Value], into text: inout String) {
        for node in nodes {
            switch node {
            case .text(let part): text += part
            case .value(let name):
                if case .words(let words) = values[name] { text += GrubWord.quoted(words) }
            case .condition(let name, let isWanted, let body):
                if (values[name]?.isThere ?? false) == isWanted { fill(body, values, into: &text) }
            case .each(let name, let body):
                guard case .list(let items) = values[name] else { continue }
                for item in items { fill(body, values.merging(item) { $1 }, into: &text) }
            }
        }
    }
}

/// Reads a template line by line.
private struct TemplateParser {
    private struct Block {
        let line: Int
        let close: ([Template.Node]) -> Template.Node
        var nodes: [Template.Node] = []
    }

    private let lines: [Substring]
    private let file: String
    private let known: Set<String>
    private var blocks: [Block] = []

    init(text: String, file: String, known: Set<String>) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        self.file = file
        self.known = known
    }

    mutating func parse() throws(Problem) -> [Template.Node] {
        blocks = [Block(line: 0) { .condition("", isWanted: false, $0) }]
        for (index, line) in lines.enumerated() {
            let isLast = index == lines.count - 1
            if isLast && line.isEmpty { continue }
            try read(line, number: index + 1)
        }
        guard blocks.count == 1 else {
            throw problem(blocks[blocks.count - 1].line, "this block has no end", "write @@end@@ where it ends")
        }
        return blocks[0].nodes
    }

    private mutating func read(_ line: Substring, number: Int) throws(Problem) {
        let bare = line.trimmingPrefix { $0 == " " }
        guard bare.hasPrefix("@@"), bare.hasSuffix("@@"), bare.utf8.count > 4 else { return try readText(line, number) }
        let words = bare.dropFirst(2).dropLast(2).split(separator: " ")
        switch (words.first, words.count) {
        case ("if", 2), ("unless", 2), ("each", 2):
            let name = String(words[1])
            try check(name, number)
            switch words[0] {
            case "if": blocks.append(Block(line: number) { .condition(name, isWanted: true, $0) })
            case "unless": blocks.append(Block(line: number) { .condition(name, isWanted: false, $0) })
            default: blocks.append(Block(line: number) { .each(name, $0) })
            }
        case ("end", 1):
            guard blocks.count > 1, let block = blocks.popLast() else {
                throw problem(number, "@@end@@ ends nothing", "remove it")
            }
            blocks[blocks.count - 1].nodes.append(block.close(block.nodes))
        default: try readText(line, number)
        }
    }

    private mutating func readText(_ line: Substring, _ number: Int) throws(Problem) {
        var nodes: [Template.Node] = []
        var rest = line
        while let start = rest.firstRange(of: "@@") {
            guard let end = rest[start.upperBound...].firstRange(of: "@@") else {
                throw problem(number, "'@@' without its partner", "write @@name@@")
            }
            let name = String(rest[start.upperBound..<end.lowerBound])
            try check(name, number)
            nodes += [.text(String(rest[..<start.lowerBound])), .value(name)]
            rest = rest[end.upperBound...]
        }
        nodes.append(.text("\(rest)\n"))
        blocks[blocks.count - 1].nodes += nodes
    }

    private func check(_ name: String, _ line: Int) throws(Problem) {
        guard !known.contains(name) else { return }
        let nearest = nearestWord(to: name, in: known.sorted()).map { "did you mean '\($0)'?" }
        throw problem(line, "unknown name '\(name)'", nearest ?? "known: \(known.sorted().joined(separator: ", "))")
    }

    private func problem(_ line: Int, _ what: String, _ fix: String) -> Problem {
        Problem(location: SourceLocation(file: file, line: line), what: what, fix: fix)
    }
}
