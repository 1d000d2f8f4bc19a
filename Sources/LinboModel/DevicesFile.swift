/// What one devices.csv holds: its rows, and what is wrong with them.
package struct DevicesFile: Sendable, Hashable {
    /// As problems and locations name it.
    package let path: String
    /// Its prefix stands before the names and rooms of `hosts`.
    package let school: SchoolName
    /// The rows that are right, in the file's order. Doubles are in it: only all files together show them.
    package let hosts: [Host]
    /// Of this file alone; doubles are told by `Devices`.
    package let problems: [Problem]
    /// These are rows of a version before, as what is there now is broken or gone.
    package let isKept: Bool
    /// nil: the file is whole, though rows may be wrong.
    package let damage: Damage?

    /// What says that a file was not written to its end, or is no devices.csv at all.
    package enum Damage: Sendable, Hashable, CustomStringConvertible {
        /// The first line with one.
        case nulBytes(line: Int)
        /// It ends in the middle of a row.
        case cut(line: Int)

        /// Ends "the file is broken: …" and "keeps the version of … because …".
        package var description: String {
            switch self {
            case .nulBytes(let line): "line \(line) holds NUL bytes"
            case .cut(let line): "it ends in the middle of line \(line)"
            }
        }

        var line: Int {
            switch self {
            case .nulBytes(let line), .cut(let line): line
            }
        }
    }

    /// What `Devices.parse` read, or what is put in its place when a file is kept.
    package init(
        path: String, school: SchoolName, hosts: [Host] = [], problems: [Problem] = [], isKept: Bool = false,
        damage: Damage? = nil
    ) {
        self.path = path
        self.school = school
        self.hosts = hosts
        self.problems = problems
        self.isKept = isKept
        self.damage = damage
    }
}

extension Devices {
    /// Reads the rows of one school's file (docs/linbo.md#devices).
    /// - Parameter file: the name that errors carry.
    package static func parse(_ bytes: [UInt8], file: String, school: SchoolName) -> DevicesFile {
        var problems = ProblemList(file: file)
        var rows: [ByteLine] = []
        var hosts: [Host] = []
        for line in lines(of: bytes) {
            guard DevicesRow.counts(line) else {
                StrayRow.look(at: line, &problems)
                continue
            }
            rows.append(line)
            if let host = DevicesRow.read(line, school: school, problems: &problems) { hosts.append(host) }
        }
        return DevicesFile(
            path: file, school: school, hosts: hosts, problems: problems.problems,
            damage: damage(bytes, lastRow: rows.last))
    }

    private static func damage(_ bytes: [UInt8], lastRow: ByteLine?) -> DevicesFile.Damage? {
        if let offset = bytes.firstIndex(of: 0) {
            return .nulBytes(line: split(bytes[..<offset], at: UInt8(ascii: "\n")).count)
        }
        guard let lastRow, !lastRow.isEnded else { return nil }
        let columns = split(lastRow.bytes, at: UInt8(ascii: ";")).count
        return columns < DevicesRow.neededColumns ? .cut(line: lastRow.number) : nil
    }
}
