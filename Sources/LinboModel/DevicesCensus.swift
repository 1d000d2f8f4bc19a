/// Which names, MACs and addresses stand in the devices.csv of all schools, and where: in rows that are wrong, too, as
/// far as a column can be read. Compared as values, never as text or pattern (defect 32,
/// docs/linbo.md#defects-of-the-old-hooks).
package struct DevicesCensus: Sendable {
    private var names: [HostName: SourceLocation] = [:]
    private var macs: [MACAddress: SourceLocation] = [:]
    private var addresses: [IPAddress: SourceLocation] = [:]

    /// Without a file yet: `add` each school's.
    package init() {}

    /// - Parameter file: the name that locations carry.
    package mutating func add(_ bytes: [UInt8], file: String, school: SchoolName) {
        for line in lines(of: bytes) where DevicesRow.counts(line) {
            let fields = split(line.bytes, at: UInt8(ascii: ";")).prefix(DevicesRow.neededColumns).map(trimmed)
            let location = SourceLocation(file: file, line: line.number)
            func keep<Key: Hashable>(_ key: Key?, in table: inout [Key: SourceLocation]) {
                if let key, table[key] == nil { table[key] = location }
            }
            if fields.count > 1 { keep(HostName(school.prefix + text(of: fields[1])), in: &names) }
            if fields.count > 3 { keep(MACAddress(parsing: fields[3]), in: &macs) }
            if fields.count > 4 { keep(IPAddress(parsing: fields[4]), in: &addresses) }
        }
    }

    /// With its school's prefix.
    package subscript(name: HostName) -> SourceLocation? { names[name] }
    /// The first row with this MAC, right or wrong; nil: none has it.
    package subscript(mac: MACAddress) -> SourceLocation? { macs[mac] }
    /// The first row with this address, right or wrong; nil: none has it.
    package subscript(address: IPAddress) -> SourceLocation? { addresses[address] }
}
