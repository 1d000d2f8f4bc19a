/// Reads the columns of a registered row, and collects what is wrong with them.
struct NewHostReader {
    private(set) var problems: [String] = []
    private let fields: [ArraySlice<UInt8>]

    enum Address {
        case dhcp
        case at(IPAddress)

        var fixed: IPAddress? {
            if case .at(let address) = self { address } else { nil }
        }
    }

    /// Upstream's client writes 11 (docs/linbo.md#new-hosts); the rest up to the comment, and a few free ones, may
    /// follow.
    private static let columns = 11...32

    init(_ bytes: [UInt8]) throws(NewHostError) {
        guard bytes.count <= NewHost.sizeLimit else {
            throw NewHostError(["the file has \(bytes.count) bytes; \(NewHost.sizeLimit) is the limit"])
        }
        let lines = lines(of: bytes)
        guard let line = lines.first, !line.bytes.isEmpty else {
            throw NewHostError(["the file has no row; send one such as room;name;group;mac;ip;;;;role;;1"])
        }
        guard lines.count == 1 else {
            throw NewHostError(["the file has \(lines.count) lines; send one row"])
        }
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            throw NewHostError(["the file begins with a byte order mark; send the row alone"])
        }
        // A CR inside of the row is a new row to some readers, and C1 controls hide in UTF-8: nothing but ASCII passes.
        guard line.bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            throw NewHostError(["the row holds control characters or letters that are not ASCII; retype it"])
        }
        fields = split(line.bytes, at: UInt8(ascii: ";"))
        guard Self.columns.contains(fields.count) else {
            throw NewHostError([
                "the row has \(fields.count) columns, not \(Self.columns.lowerBound) or a few more; "
                    + "send room;name;group;mac;ip;;;;role;;1"
            ])
        }
    }

    mutating func name(_ wanted: HostName) -> HostName? {
        guard let name = HostName(value(1)) else {
            report(1, "is no host name; use 1 to 63 of A-Z, a-z, 0-9 and '-', no '-' first or last")
            return nil
        }
        guard name == wanted else {
            report(1, "is not the name of the file, \(wanted).new; send each host's row in a file of its name")
            return nil
        }
        return name
    }

    mutating func room() -> RoomName? {
        // A row counts only with a letter or digit first (docs/linbo.md#devices).
        if let room = RoomName(value(0)), let first = field(0).first, isASCIILetterOrDigit(first) { return room }
        report(0, "is no room; use 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.', a letter or digit first")
        return nil
    }

    mutating func group() -> GroupName? {
        if let group = GroupName(value(2)), let first = field(2).first, isASCIILetterOrDigit(first) { return group }
        report(2, "is no group; use 1 to 64 of A-Z, a-z, 0-9, '-', '_' and '.', a letter or digit first")
        return nil
    }

    mutating func mac() -> MACAddress? {
        if let mac = MACAddress(parsing: field(3)), mac.canBeCard { return mac }
        report(3, "is no MAC address of a card; write six pairs of hex digits such as 00:11:22:aa:bb:cc")
        return nil
    }

    mutating func address() -> Address? {
        let bytes = field(4)
        if let address = IPAddress(parsing: bytes), address.isIPv4, address.canBeHost, !address.isLoopback {
            return .at(address)
        }
        if value(4).lowercased() == "dhcp" { return .dhcp }
        report(4, "is no IPv4 address of a host; write four numbers such as 10.0.0.1 without leading zeros, or DHCP")
        return nil
    }

    mutating func role() -> String {
        let role = value(8)
        let isRole =
            isASCIILowercase(field(8).first) && field(8).count <= 64
            && field(8).allSatisfy { isASCIILowercase($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        if !isRole { report(8, "is no role; send one such as classroom-studentcomputer") }
        return role
    }

    mutating func pxe() -> Int {
        if let flag = Int(value(10)), (0...3).contains(flag), field(10).count == 1 { return flag }
        report(10, "is no PXE flag; send 1 for a LINBO client, 0 for none")
        return 0
    }

    mutating func comment() -> String {
        guard fields.count > 14, !field(14).isEmpty else { return "" }
        let allowed = Array(" -_.,:/()".utf8)
        let isPlain =
            isASCIILetterOrDigit(field(14)[field(14).startIndex]) && field(14).count <= 200
            && field(14).allSatisfy { isASCIILetterOrDigit($0) || allowed.contains($0) }
        if !isPlain { report(14, "is no plain comment; use letters, digits, blanks and -_.,:/(), a letter first") }
        return value(14)
    }

    /// What no client sends. Product keys would be read by everybody in `last_registered`, and DHCP options (column 7)
    /// could have any host boot anything.
    mutating func checkOthers() {
        for column in [5, 6] where !field(column).isEmpty {
            problems.append("column \(column + 1) holds a product key; the admin enters it in devices.csv")
        }
        for column in [7, 9] + fields.indices.dropFirst(11) where column != 14 && !field(column).isEmpty {
            report(column, "is set by the admin in devices.csv; leave it empty")
        }
    }

    private func field(_ column: Int) -> ArraySlice<UInt8> { trimmed(fields[column]) }

    private func value(_ column: Int) -> String { text(of: field(column)) }

    /// Columns are counted from 1, as spreadsheets do. A key that slipped into a wrong column stays hidden.
    private mutating func report(_ column: Int, _ what: String) {
        let shown = ProductKey.mayStand(in: field(column)) ? "what may be a product key" : quoted(value(column))
        problems.append("column \(column + 1): \(shown) \(what)")
    }
}

private func isASCIILowercase(_ byte: UInt8?) -> Bool {
    byte.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } ?? false
}
