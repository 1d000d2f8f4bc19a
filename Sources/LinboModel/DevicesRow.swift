/// Reads one row of devices.csv into a host, and says what is wrong with it. All wrong columns are told at once.
struct DevicesRow {
    /// 0-based columns (docs/linbo.md#devices); 9 and 11 to 13 are reserved, 15 and more are free.
    private enum Column: Int {
        case room, name, group, mac, address, officeKey, windowsKey, dhcpOptions, role
        case pxe = 10
        case comment = 14
    }

    /// Columns 0 to 4 make a host.
    static let neededColumns = 5

    private enum Address {
        case fixed(IPAddress)
        case dhcp
    }

    private let line: ByteLine
    private let school: SchoolName
    private let fields: [ArraySlice<UInt8>]
    private var problems: ProblemList

    static func read(_ line: ByteLine, school: SchoolName, problems: inout ProblemList) -> Host? {
        var row = DevicesRow(line: line, school: school, problems: problems)
        let host = row.host()
        problems = row.problems
        return host
    }

    private init(line: ByteLine, school: SchoolName, problems: ProblemList) {
        self.line = line
        self.school = school
        self.problems = problems
        fields = split(line.bytes, at: UInt8(ascii: ";"))
    }

    /// A row counts if its first character is a letter or a digit; all else is a comment (docs/linbo.md#devices).
    static func counts(_ line: ByteLine) -> Bool {
        guard let first = line.bytes.first else { return false }
        if first < 0x80 { return isASCIILetterOrDigit(first) }
        let room = line.bytes.prefix { $0 != UInt8(ascii: ";") }
        guard let letter = text(of: room).unicodeScalars.first else { return false }
        return letter.properties.isAlphabetic || letter.properties.numericType != nil
    }

    private mutating func host() -> Host? {
        guard fields.count >= Self.neededColumns else {
            report(
                nil, "a row of \(fields.count) columns",
                fix: "write at least room;name;group;mac;address, or '#' first if it is a comment")
            return nil
        }
        let (room, name, group, mac, address) = (room(), name(), group(), mac(), address())
        guard let room, let name, let group, let mac, let address else { return nil }
        var fixed: IPAddress?
        if case .fixed(let value) = address { fixed = value }
        return Host(
            name: name, room: room, group: group, mac: mac, address: fixed, officeKey: key(.officeKey),
            windowsKey: key(.windowsKey), dhcpOptions: dhcpOptions(), role: optional(.role), pxe: pxe(),
            comment: optional(.comment), school: school,
            source: SourceLocation(file: problems.file, line: line.number))
    }
}

// The columns that make a host: if one is wrong the row is left out.
extension DevicesRow {
    private mutating func room() -> String? {
        let room = value(.room)
        guard !hasControlCharacter(room) else {
            report(.room, "a control character in the room", fix: "retype the room")
            return nil
        }
        return school.prefix + room
    }

    private mutating func name() -> HostName? {
        let name = value(.name)
        if HostName(name) != nil, let prefixed = HostName(school.prefix + name) { return prefixed }
        let rule = "use 1 to 63 of A-Z, a-z, 0-9 and '-', no '-' first or last"
        report(
            .name, "\(shown(.name)) is no host name",
            fix: school == .default ? rule : "\(rule); '\(school.prefix)' before it counts")
        return nil
    }

    private mutating func group() -> GroupName? {
        if let group = GroupName(value(.group)) { return group }
        report(
            .group, "\(shown(.group)) is no group", fix: "use 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.', no '.' first"
        )
        return nil
    }

    private mutating func mac() -> MACAddress? {
        if let mac = MACAddress(parsing: field(.mac)) { return mac }
        report(
            .mac, "\(shown(.mac)) is no MAC address",
            fix: "write six pairs of hex digits such as 00:11:22:aa:bb:cc, with ':' or '-' between all of them")
        return nil
    }

    private mutating func address() -> Address? {
        let bytes = field(.address)
        if let address = IPAddress(parsing: bytes), address.isIPv4, address.canBeHost { return .fixed(address) }
        if value(.address).lowercased() == "dhcp" { return .dhcp }
        report(
            .address, "\(shown(.address)) is no IPv4 address of a host",
            fix: "write four numbers such as 10.0.0.1 without leading zeros, or DHCP")
        return nil
    }
}

// The other columns: if one is wrong the host goes without it.
extension DevicesRow {
    private mutating func key(_ column: Column) -> ProductKey? {
        let text = given(column)
        guard !text.isEmpty else { return nil }
        do throws(ProductKeyError) {
            return try ProductKey(text)
        } catch {
            report(column, "\(error); the host goes without", fix: "copy the key again", .warning)
            return nil
        }
    }

    private mutating func dhcpOptions() -> [String] {
        let options = optional(.dhcpOptions)
        guard options.unicodeScalars.count >= 5 else { return [] }  // shorter ones are none (docs/linbo.md#devices)
        return options.split(separator: ",").map { text(of: trimmed(Array($0.utf8)[...])) }.filter { !$0.isEmpty }
    }

    private mutating func pxe() -> Int {
        let text = given(.pxe)
        guard !text.isEmpty else { return 0 }
        if let flag = Int(text), (0...3).contains(flag), text.utf8.count == 1 { return flag }
        report(
            .pxe, "\(shown(.pxe)) is no PXE flag and is read as 0", fix: "write 0 or 1; 2 and 3 are of old", .warning)
        return 0
    }

    private mutating func optional(_ column: Column) -> String {
        let text = given(column)
        guard hasControlCharacter(text) else { return text }
        report(column, "a control character in the \(column); the host goes without", fix: "retype it", .warning)
        return ""
    }
}

extension DevicesRow {
    private func field(_ column: Column) -> ArraySlice<UInt8> {
        column.rawValue < fields.count ? trimmed(fields[column.rawValue]) : []
    }

    private func value(_ column: Column) -> String { text(of: field(column)) }

    /// Of a column that may be empty: lists have `---` there, linuxmuster's own examples, too.
    private func given(_ column: Column) -> String {
        let text = value(column)
        let isPlaceholder = text.utf8.allSatisfy { $0 == UInt8(ascii: "-") } || text.lowercased() == "n/a"
        return isPlaceholder ? "" : text
    }

    /// A column's value for an error. A key that slipped into the wrong column stays hidden.
    private func shown(_ column: Column) -> String {
        ProductKey.mayStand(in: field(column)) ? "what may be a product key" : quoted(value(column))
    }

    private mutating func report(
        _ column: Column?, _ what: String, fix: String, _ severity: Problem.Severity = .leftOut
    ) {
        let place = column.map { text(of: line.bytes[..<field($0).startIndex]).count + 1 }
        problems.add(line: line.number, column: place, what, fix: fix, severity: severity)
    }
}
