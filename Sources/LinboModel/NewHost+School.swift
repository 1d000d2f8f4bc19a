extension NewHost {
    /// The school that a host goes to: the one whose prefix its name or its room has, of several the longest; else the
    /// default one.
    /// - Parameter schools: those that have a devices.csv.
    /// - Throws: if name and room have prefixes of two schools.
    package func school(among schools: [SchoolName]) throws(NewHostError) -> SchoolName {
        let ofName = Self.school(of: name.description, among: schools)
        let ofRoom = Self.school(of: room.text, among: schools)
        if let ofName, let ofRoom, ofName != ofRoom {
            throw NewHostError(["the name \(name) is of school \(ofName), but the room \(room) of school \(ofRoom)"])
        }
        return ofName ?? ofRoom ?? .default
    }

    private static func school(of text: String, among schools: [SchoolName]) -> SchoolName? {
        schools.filter { hasPrefix(text, $0.prefix) }.max { $0.text.utf8.count < $1.text.utf8.count }
    }

    /// The row for a school's file, read back by the parser of devices.csv: exactly one host, all of it right.
    /// - Returns: the row without a newline, and the host with its school's prefix.
    package func entry(in school: SchoolName) throws(NewHostError) -> (row: String, host: Host) {
        let row = row(without: school.prefix)
        let read = Devices.parse(Array("\(row)\n".utf8), file: "\(name).new", school: school)
        guard let host = read.hosts.first, read.hosts.count == 1, read.problems.isEmpty else {
            let reasons = read.problems.map { "\($0.what); \($0.fix)" }
            throw NewHostError(reasons.isEmpty ? ["without '\(school.prefix)' it is no row: '\(row)'"] : reasons)
        }
        return (row, host)
    }
}
