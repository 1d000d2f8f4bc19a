/// Reads the lines of a start.conf into sections, then these into values.
struct StartConfReader {
    enum Kind: String, CaseIterable {
        case linbo, partition, os
    }

    struct Section {
        let kind: Kind
        let line: Int
        /// By key in lower case: the value, and the line that it stands in.
        var entries: [String: (value: String, line: Int)] = [:]
    }

    private(set) var problems: ProblemList
    private var sections: [Section] = []
    /// Keys go to the last section; false: nowhere, as it is unknown.
    private var isInSection = false

    init(file: String) {
        problems = ProblemList(file: file)
    }

    /// Only lines that start with `[` or a letter count; `#` and a blank start a comment (docs/linbo.md#groups).
    mutating func read(_ line: ByteLine) {
        guard let first = line.bytes.first else { return }
        let bytes = withoutComment(line.bytes)
        if first == UInt8(ascii: "[") {
            readSection(bytes, line.number)
        } else if isASCIILetterOrDigit(first), !(0x30...0x39).contains(first) {
            readKey(bytes, line.number)
        } else if isBlank(first), let start = trimmed(bytes).first, isASCIILetterOrDigit(start) || start == 0x5B {
            problems.add(
                line: line.number, column: 1, "a line that starts with a blank is nothing to LINBO's client",
                fix: "remove the blank", severity: .warning)
        }
    }

    private func withoutComment(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        for index in bytes.indices.dropLast() where bytes[index] == UInt8(ascii: "#") {
            if bytes[index + 1] == UInt8(ascii: " ") { return bytes[..<index] }
        }
        return bytes
    }

    private mutating func readSection(_ bytes: ArraySlice<UInt8>, _ line: Int) {
        isInSection = false
        guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else {
            problems.add(line: line, "a section without ']'", fix: "write [LINBO], [Partition] or [OS]")
            return
        }
        let name = text(of: trimmed(bytes[bytes.startIndex..<end].dropFirst()))
        guard let kind = Kind(rawValue: name.lowercased()) else {
            let nearest = nearestWord(to: name, in: ["LINBO", "Partition", "OS"])
            problems.add(
                line: line, column: 2, "unknown section \(quoted(name))",
                fix: nearest.map { "did you mean [\($0)]?" } ?? "write [LINBO], [Partition] or [OS]")
            return
        }
        if kind == .linbo, let first = sections.first(where: { $0.kind == .linbo }) {
            problems.add(
                line: line, "[LINBO] stands in line \(first.line) already; later keys win", fix: "keep one of them",
                severity: .warning)
        }
        sections.append(Section(kind: kind, line: line))
        isInSection = true
    }

    private mutating func readKey(_ bytes: ArraySlice<UInt8>, _ line: Int) {
        guard isInSection, let section = sections.last else {
            if sections.isEmpty {
                problems.add(line: line, "a key before the first section", fix: "write [LINBO] above")
            }
            return
        }
        guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else {
            problems.add(line: line, "no '=' in this line", fix: "write key = value, or '#' first")
            return
        }
        let key = text(of: trimmed(bytes[..<equals])).lowercased()
        guard key.utf8.allSatisfy({ isASCIILetterOrDigit($0) || $0 == UInt8(ascii: "_") }) else {
            problems.add(line: line, column: 1, "\(quoted(key)) is no key", fix: "use letters and digits only")
            return
        }
        let value = words(of: bytes[(equals + 1)...]).map { text(of: $0) }.joined(separator: " ")
        let column = text(of: bytes[...equals]).count + 1
        guard !hasControlCharacter(value) else {
            problems.add(line: line, column: column, "a control character in \(key)", fix: "retype the value")
            return
        }
        warn(about: key, value, section, line: line, column: column)
        sections[sections.count - 1].entries[key] = (value, line)
    }

    private mutating func warn(about key: String, _ value: String, _ section: Section, line: Int, column: Int) {
        if let earlier = section.entries[key] {
            problems.add(
                line: line, column: 1, "\(key) stands in line \(earlier.line) already; LINBO takes the last one",
                fix: "keep one of them", severity: .warning)
        }
        if let active = value.first(where: { "\"$`\\".contains($0) }) {
            problems.add(
                line: line, column: column, "LINBO's client runs this value through its shell, where '\(active)' acts",
                fix: "leave out '\(active)'", severity: .warning)
        }
        guard let fix = section.kind.fix(ofUnknown: key) else { return }
        problems.add(
            line: line, column: 1, "unknown key '\(key)' in [\(section.kind)]", fix: fix, severity: .warning)
    }

    /// LINBO's client reads lines that end in LF, of single bytes.
    mutating func checkEncoding(_ bytes: [UInt8]) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            problems.add(line: 1, "it is UTF-16, of which LINBO's client can read nothing", fix: "save it as UTF-8")
        } else if bytes.contains(UInt8(ascii: "\r")), !bytes.contains(UInt8(ascii: "\n")) {
            problems.add(
                line: 1, "its lines end in CR alone, so LINBO's client sees one line",
                fix: "save it with line ends of Unix (LF)")
        }
    }

    mutating func finished() -> StartConf {
        for section in sections { check(section) }
        let settings = sections.filter { $0.kind == .linbo }.reduce(into: [:]) { all, section in
            all.merge(section.values) { _, later in later }
        }
        func place(_ section: Section) -> SourceLocation { .init(file: problems.file, line: section.line) }
        return StartConf(
            linbo: StartConf.Settings(values: settings),
            partitions: sections.filter { $0.kind == .partition }.map { .init(values: $0.values, location: place($0)) },
            systems: sections.filter { $0.kind == .os }.map { .init(values: $0.values, location: place($0)) },
            problems: problems.problems)
    }

    mutating func add(_ problem: Problem) { problems.add(problem) }
}

extension StartConfReader.Section {
    var values: [String: String] { entries.mapValues { $0.value } }
}
