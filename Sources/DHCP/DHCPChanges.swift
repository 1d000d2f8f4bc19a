/// What replacing a generated file changes: whole hosts and lines, in the new file's order.
package struct DHCPChanges: Sendable, Hashable {
    /// What stands in the new file only.
    package private(set) var added: [String] = []
    /// What stands in both, with other text.
    package private(set) var changed: [(old: String, new: String)] = []
    /// What stands in the old file only, in its order.
    package private(set) var removed: [String] = []

    /// Whether nothing changes but comments, blank lines and the order.
    package var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }

    /// - Parameter old: what is there now.
    package init(from old: String, to new: String) {
        let oldUnits = Self.units(of: old)
        let newUnits = Self.units(of: new)
        var before: [String: [String]] = [:]
        for unit in oldUnits { before[Self.key(of: unit), default: []].append(unit) }
        for unit in newUnits {
            let key = Self.key(of: unit)
            guard var candidates = before[key], !candidates.isEmpty else {
                added.append(unit)
                continue
            }
            let same = candidates.firstIndex(of: unit)
            let was = candidates.remove(at: same ?? 0)
            before[key] = candidates
            if same == nil { changed.append((was, unit)) }
        }
        var gone = before
        for unit in oldUnits {
            let key = Self.key(of: unit)
            guard let index = gone[key]?.firstIndex(of: unit) else { continue }
            gone[key]?.remove(at: index)
            removed.append(unit)
        }
    }

    /// Pair by pair, as tuples have no equality of their own.
    package static func == (left: Self, right: Self) -> Bool {
        left.added == right.added && left.removed == right.removed
            && left.changed.elementsEqual(right.changed, by: ==)
    }

    /// Without the pairs: equal values have equal hashes all the same.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(added)
        hasher.combine(removed)
    }

    /// As `diff` shows it: `-` goes, `+` comes.
    package var lines: [String] {
        removed.flatMap { Self.marked("-", $0) }
            + changed.flatMap { old, new in
                let oldLines = old.split(separator: "\n")
                let newLines = new.split(separator: "\n")
                let kept = Set(oldLines).intersection(newLines)
                return [" \(Self.title(of: new))"]
                    + oldLines.filter { !kept.contains($0) }.map { "-\($0)" }
                    + newLines.filter { !kept.contains($0) }.map { "+\($0)" }
            } + added.flatMap { Self.marked("+", $0) }
    }

    private static func marked(_ sign: String, _ unit: String) -> [String] {
        unit.split(separator: "\n").map { "\(sign)\($0)" }
    }

    private static func title(of unit: String) -> Substring {
        unit.split(separator: "\n").first.map { $0.prefix(120) } ?? ""
    }

    // MARK: Units

    /// Blocks of ISC's notation (`host … {` to `}` at the line's beginning), and single lines. Comments, blank lines,
    /// and the commas between Kea's reservations are no content.
    private static func units(of text: String) -> [String] {
        var units: [String] = []
        var block: [Substring]?
        for line in text.split(whereSeparator: \.isNewline) {
            if let lines = block {
                block = lines + [line]
                guard line == "}" else { continue }
                units.append((lines + [line]).joined(separator: "\n"))
                block = nil
            } else if line.hasSuffix("{"), line.first != " " {
                block = [line]
            } else if line.first != "#", !line.drop(while: { $0 == " " }).hasPrefix("//") {
                units.append(String(line.last == "," ? line.dropLast() : line))
            }
        }
        if let block { units.append(block.joined(separator: "\n")) }
        return units
    }

    /// What a unit is about: units with the same key are versions of each other.
    private static func key(of unit: String) -> String {
        if let end = unit.firstIndex(of: "\n") { return String(unit[..<end]) }
        if unit.hasPrefix("dhcp-host=") { return "dhcp-host=" + (unit.split(separator: ",").last ?? "") }
        if let match = unit.firstMatch(of: /"hostname": "([^"]*)"/) { return "hostname \(match.output.1)" }
        if let match = unit.firstMatch(of: /^ *\{ "name": "([^"]*)"/) { return "class \(match.output.1)" }
        return unit
    }
}
