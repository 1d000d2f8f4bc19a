/// A rule for old or odd names: the first that fits makes another of it.
package struct Remap: Sendable {
    private enum Rule: Sendable {
        case exact(String)
        case prefix(String)
        case regex(Pattern)
    }

    private let rule: Rule
    private let target: String

    /// The whole name becomes `target`.
    package init(exact name: String, to target: String) {
        rule = .exact(name)
        self.target = target
    }

    /// What the name begins with becomes `target`.
    package init(prefix: String, to target: String) {
        rule = .prefix(prefix)
        self.target = target
    }

    /// A whole name that the expression matches becomes `target`, `$1` … `$9` in it the groups.
    /// - Throws: what Swift's `Regex` says of a wrong expression.
    package init(regex: String, to target: String) throws {
        rule = .regex(try Pattern(regex))
        self.target = target
    }

    /// - Parameter name: without leading slashes.
    /// - Returns: nil if the rule does not fit.
    func apply(to name: String) -> String? {
        switch rule {
        case .exact(let exact): name == exact ? target : nil
        case .prefix(let prefix): name.hasPrefix(prefix) ? target + name.dropFirst(prefix.count) : nil
        case .regex(let pattern): pattern.groups(in: name).map(filled)
        }
    }

    private func filled(_ groups: [Substring]) -> String {
        var result = ""
        var rest = target[...]
        while let character = rest.popFirst() {
            guard character == "$", let digit = rest.first?.wholeNumberValue, groups.indices.contains(digit) else {
                result.append(character)
                continue
            }
            rest.removeFirst()
            result += groups[digit]
        }
        return result
    }
}

/// A compiled expression.
///
/// `Regex` is not marked `Sendable`, since it could hold closures of a builder; one compiled from text holds none, and
/// matching does not change it.
private struct Pattern: @unchecked Sendable {
    private let regex: Regex<AnyRegexOutput>

    init(_ text: String) throws {
        regex = try Regex(text)
    }

    /// The whole match and its groups; nil if the whole name does not match.
    func groups(in name: String) -> [Substring]? {
        guard let match = try? regex.wholeMatch(in: name) else { return nil }
        return match.output.map { $0.substring ?? "" }
    }
}
