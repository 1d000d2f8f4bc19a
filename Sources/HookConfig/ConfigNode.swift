package import LinboModel
import Yams

/// A value of the configuration file that knows where it stands. YAML's own types stay behind this one.
package struct ConfigNode: Sendable {
    /// What YAML made of it; numbers and switches are text until somebody asks for them.
    package enum Value: Sendable {
        /// A scalar with its quotes taken off; `"null"` in quotes is one, too.
        case text(String)
        /// In its order; empty for `[]`.
        case list([ConfigNode])
        /// In the file's order; no key twice.
        case map([Entry])
        /// Nothing, `~` or `null`.
        case empty
    }

    /// A key of a map, with the place of the key itself, for errors about it.
    package struct Entry: Sendable {
        /// As it is written; keys are compared with case.
        package let key: String
        /// The key's first character; the value's own place is `value.location`.
        package let location: SourceLocation
        /// `.empty` for a key with nothing behind it.
        package let value: ConfigNode

        /// An entry of the file, or one put together from parts of it.
        package init(key: String, location: SourceLocation, value: ConfigNode) {
            self.key = key
            self.location = location
            self.value = value
        }
    }

    /// What stands here.
    package let value: Value
    /// The value's first character.
    package let location: SourceLocation

    /// A value of the file, or one put together from parts of it.
    package init(_ value: Value, at location: SourceLocation) {
        self.value = value
        self.location = location
    }

    /// The value of a key such as `linbo.root`, or of an item such as `tftp.listen.0`.
    package func find(_ path: String) -> ConfigNode? {
        path.split(separator: ".").reduce(self as ConfigNode?) { node, part in node?.child(part) }
    }

    /// Where a value stands; of one that does not, the nearest thing above it that does.
    package func location(of path: String) -> SourceLocation {
        var node = self
        for part in path.split(separator: ".") {
            guard let child = node.child(part) else { break }
            node = child
        }
        return node.location
    }

    /// What it says, wherever that stands.
    package var plain: String {
        switch value {
        case .text(let text): text.debugDescription
        case .list(let items): "[\(items.map(\.plain).joined(separator: ","))]"
        case .map(let entries):
            "{\(entries.sorted { $0.key < $1.key }.map { "\($0.key.debugDescription):\($0.value.plain)" }.joined(separator: ","))}"
        case .empty: ""
        }
    }

    private func child(_ name: Substring) -> ConfigNode? {
        switch value {
        case .map(let entries): entries.first { $0.key == name }?.value
        case .list(let items): Int(name).flatMap { items.indices.contains($0) ? items[$0] : nil }
        default: nil
        }
    }

    /// Parses YAML text. `file` is the name that errors carry.
    package init(yaml text: String, file: String) throws(ConfigError) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigError(yaml: error, of: text, file: file)
        } catch {
            throw ConfigError("\(error)", fix: "write valid YAML", at: .init(file: file, line: 1, column: 1))
        }
        guard let root else {
            self.init(.empty, at: SourceLocation(file: file, line: 1, column: 1))
            return
        }
        var room = Self.most
        try self.init(root, file: file, &room)
    }

    /// Values in a file, with those that aliases stand for: a few lines of aliases of aliases would fill the memory.
    private static let most = 100_000

    /// - Parameter room: for so many values there is room still.
    private init(_ node: Node, file: String, _ room: inout Int) throws(ConfigError) {
        let location = SourceLocation(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        room -= 1
        guard room >= 0 else {
            throw ConfigError(
                "more than \(Self.most) values, with what aliases stand for", fix: "write the values out", at: location)
        }
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
            self.init(isNull ? .empty : .text(scalar.string), at: location)
        case .sequence(let sequence):
            var nodes: [ConfigNode] = []
            for item in sequence { nodes.append(try ConfigNode(item, file: file, &room)) }
            self.init(.list(nodes), at: location)
        case .mapping(let mapping):
            self.init(.map(try Self.entries(mapping, file: file, &room)), at: location)
        case .alias:
            throw ConfigError("an alias without its anchor", fix: "write the value out", at: location)
        }
    }

    private static func entries(
        _ mapping: Node.Mapping, file: String, _ room: inout Int
    ) throws(ConfigError) -> [Entry] {
        var entries: [Entry] = []
        for (key, value) in mapping {
            let place = SourceLocation(file: file, line: key.mark?.line ?? 1, column: key.mark?.column ?? 1)
            guard let name = key.string else {
                throw ConfigError("a key that is not text", fix: "write `name: value`", at: place)
            }
            entries.append(Entry(key: name, location: place, value: try ConfigNode(value, file: file, &room)))
        }
        return entries
    }
}

extension ConfigError {
    init(yaml error: YamlError, of text: String, file: String) {
        switch error {
        case .scanner(_, _, let mark, _) where Self.line(mark.line, of: text).contains("\t"),
            .parser(_, _, let mark, _) where Self.line(mark.line, of: text).contains("\t"):
            self.init(
                "a tab", fix: "indent with blanks: YAML takes no tabs",
                at: SourceLocation(file: file, line: mark.line, column: mark.column))
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(
                "not YAML: \(problem)", fix: "check the indentation and the colons here",
                at: SourceLocation(file: file, line: mark.line, column: mark.column))
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(
                "key \(duplicates.map { "'\($0)'" }.joined(separator: ", ")) stands twice", fix: "keep one of them",
                at: SourceLocation(file: file, line: context.mark.line, column: context.mark.column))
        default:
            self.init(
                "not YAML: \(error)", fix: "write valid YAML", at: SourceLocation(file: file, line: 1, column: 1))
        }
    }

    private static func line(_ number: Int, of text: String) -> Substring {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(number - 1).first ?? ""
    }
}
