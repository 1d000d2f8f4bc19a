package import LinboModel

/// A section of the configuration: typed values by key, an error with file, line and fix for all else.
///
/// Whoever reads a section names all keys that it knows in `init`; any other key is an error that suggests the nearest
/// right one. Nothing is ever ignored.
package struct Settings: Sendable {
    /// What errors call this section, e.g. `tftp` or `plugin windows-key`.
    package let name: String
    /// The section's first value; of a section that is missing, what the caller named instead.
    package let location: SourceLocation
    private let entries: [String: ConfigNode]

    /// - Throws: `ConfigError` if `node` is no map, or holds a key that is not in `known`.
    package init(_ node: ConfigNode?, name: String, at location: SourceLocation, known: [String]) throws(ConfigError) {
        self.name = name
        self.location = node?.location ?? location
        var found: [String: ConfigNode] = [:]
        switch node?.value {
        case nil, .empty: break
        case .map(let map):
            let unknown = map.filter { !known.contains($0.key) }
            guard unknown.isEmpty else {
                throw ConfigError(unknown.map { Self.unknownKey($0.key, in: name, known: known, at: $0.location) })
            }
            for entry in map { found[entry.key] = entry.value }
        default:
            throw ConfigError(
                "\(name) must be a map", fix: "write `key: value` lines below it, indented", at: self.location)
        }
        entries = found
    }

    /// The problem of a word that is none of `known`, with the nearest of them.
    package static func unknownKey(
        _ key: String, in section: String, known: [String], at location: SourceLocation
    ) -> Problem {
        let nearest = nearestWord(to: key, in: known)
        let fix = nearest.map { "did you mean '\($0)'?" } ?? "known here: \(known.sorted().joined(separator: ", "))"
        return Problem(location: location, what: "unknown key '\(key)' in \(section)", fix: fix, severity: .error)
    }

    /// The raw value of a key; nil if it is not there or empty.
    package func node(_ key: String) -> ConfigNode? {
        guard let node = entries[key] else { return nil }
        if case .empty = node.value { return nil }
        return node
    }

    /// Whether the key stands there, with a value or without.
    package func has(_ key: String) -> Bool { entries[key] != nil }

    /// nil if the key is missing or empty.
    /// - Throws: `ConfigError` if a list or a map stands there.
    package func text(_ key: String) throws(ConfigError) -> String? {
        guard let node = node(key) else { return nil }
        return try node.asText(key)
    }

    /// `true`, `yes`, `on` or their opposites, in any case; nil if the key is missing or empty.
    /// - Throws: `ConfigError` for any other word.
    package func bool(_ key: String) throws(ConfigError) -> Bool? {
        guard let node = node(key) else { return nil }
        switch try node.asText(key).lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        case let other: throw ConfigError("'\(other)' is no switch", fix: "write true or false", at: node.location)
        }
    }

    /// nil if the key is missing or empty.
    /// - Throws: `ConfigError` for what is no decimal number, or not in the range.
    package func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigError) -> Int? {
        guard let node = node(key) else { return nil }
        let text = try node.asText(key)
        guard let number = Int(digits: text), range.contains(number) else {
            throw ConfigError(
                "\(key) '\(text)' is no number from \(range.lowerBound) to \(range.upperBound)", fix: "write one",
                at: node.location)
        }
        return number
    }

    /// A span of time: a number with `ms`, `s`, `m`, `h`, `d` or `w` behind it.
    package func duration(_ key: String, in range: ClosedRange<Duration>) throws(ConfigError) -> Duration? {
        guard let node = node(key) else { return nil }
        let text = try node.asText(key)
        guard let span = Duration(parsing: text), range.contains(span) else {
            throw ConfigError(
                "\(key) '\(text)' is no span of time from \(range.lowerBound.text) to \(range.upperBound.text)",
                fix: "write a number with its unit, such as 500ms, 2s, 12h or 90d", at: node.location)
        }
        return span
    }

    /// A number of bytes: a number with `K`, `M`, `G` or `T` behind it, or `GB`, `GiB`, or nothing.
    package func size(_ key: String, in range: ClosedRange<Int64>) throws(ConfigError) -> Int64? {
        guard let node = node(key) else { return nil }
        let text = try node.asText(key)
        guard let bytes = Self.bytes(text.uppercased()[...]), range.contains(bytes) else {
            throw ConfigError(
                "\(key) '\(text)' is no size from \(Self.sizeText(range.lowerBound)) to \(Self.sizeText(range.upperBound))",
                fix: "write a number of bytes, or one with its unit, such as 500M or 20G", at: node.location)
        }
        return bytes
    }

    private static let sizeUnits: [(suffix: String, shift: Int)] = [("K", 10), ("M", 20), ("G", 30), ("T", 40)]

    private static func bytes(_ text: Substring) -> Int64? {
        var digits = text
        let isBinary = digits.hasSuffix("IB")
        if isBinary { digits = digits.dropLast(2) } else if digits.hasSuffix("B") { digits = digits.dropLast() }
        let unit = sizeUnits.first { digits.hasSuffix($0.suffix) }
        if unit != nil { digits = digits.dropLast() }
        // KiB, but no iB.
        guard unit != nil || !isBinary, let number = Int64(digits: digits) else { return nil }
        let (bytes, isTooMuch) = number.multipliedReportingOverflow(by: 1 << (unit?.shift ?? 0))
        return isTooMuch ? nil : bytes
    }

    private static func sizeText(_ bytes: Int64) -> String {
        let unit = sizeUnits.last { bytes > 0 && bytes % (1 << $0.shift) == 0 }
        return unit.map { "\(bytes >> $0.shift)\($0.suffix)" } ?? "\(bytes) bytes"
    }

    /// An absolute path, without `//`, `.` and `..`, and without a slash at its end.
    package func path(_ key: String) throws(ConfigError) -> String? {
        guard let node = node(key) else { return nil }
        return try node.asPath(key)
    }

    /// A list of such paths; nil if the key is missing or empty.
    /// - Throws: `ConfigError` for what is no list, or for the first item that is no absolute path.
    package func paths(_ key: String) throws(ConfigError) -> [String]? {
        guard let items = try list(key) else { return nil }
        var paths: [String] = []
        for item in items { paths.append(try item.asPath(key)) }
        return paths
    }

    /// The items as they stand; nil if the key is missing or empty.
    /// - Throws: `ConfigError` for what is no list, a single value too.
    package func list(_ key: String) throws(ConfigError) -> [ConfigNode]? {
        guard let node = node(key) else { return nil }
        guard case .list(let items) = node.value else {
            throw ConfigError(
                "\(key) must be a list", fix: "write it as [a, b] or as lines that begin with -", at: node.location)
        }
        return items
    }

    /// One of the words of an enumeration.
    package func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, of type: Choice.Type
    ) throws(ConfigError) -> Choice? {
        guard let node = node(key) else { return nil }
        let word = try node.asText(key)
        if let choice = Choice(rawValue: word) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        let nearest = nearestWord(to: word, in: words).map { "did you mean '\($0)'?" }
        throw ConfigError(
            "'\(word)' is no value of \(key)", fix: nearest ?? "one of: \(words.joined(separator: ", "))",
            at: node.location)
    }
}

extension ConfigNode {
    /// - Parameter key: for the error alone.
    /// - Throws: `ConfigError` for a list, a map, or nothing.
    package func asText(_ key: String) throws(ConfigError) -> String {
        guard case .text(let text) = value else {
            throw ConfigError("\(key) must be one value", fix: "write `\(key): value`", at: location)
        }
        return text
    }

    /// As `Settings.path` has it.
    /// - Parameter key: for the error alone.
    /// - Throws: `ConfigError` for what does not begin with `/`, or holds `..` or a control character.
    package func asPath(_ key: String) throws(ConfigError) -> String {
        let text = try asText(key)
        let parts = text.split(separator: "/")
        guard text.first == "/", !parts.contains(".."), !text.utf8.contains(where: { $0 < 32 }) else {
            throw ConfigError(
                "\(key) '\(text)' is no absolute path", fix: "write it from / on, without '..'", at: location)
        }
        return "/" + parts.filter { $0 != "." }.joined(separator: "/")
    }
}
