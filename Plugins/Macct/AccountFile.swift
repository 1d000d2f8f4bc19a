/// A `.macct`: an image's machine account as LDIF with `@@dn@@` in place of a name (docs/linbo.md#machine-accounts).
/// Read strictly, into two values; nothing else in it is ever passed on.
enum AccountFile {
    static let suffix = ".macct"
    private static let placeholder = "@@dn@@"

    /// Exactly upstream's lines, so that its `sed` and `ldbmodify` take it: no `-` between the two.
    static func bytes(_ hashes: MachineHashes) -> [UInt8] {
        var writer = LDIFWriter()
        writer.raw("dn: \(placeholder)")
        writer.raw("changetype: modify")
        append(hashes, to: &writer, separated: false)
        return writer.bytes
    }

    /// The same for one account, by its name in the AD; a record of its own.
    static func append(_ hashes: MachineHashes, for dn: String, to writer: inout LDIFWriter) {
        writer.line("dn", dn)
        writer.raw("changetype: modify")
        append(hashes, to: &writer, separated: true)
        writer.raw("")
    }

    private static func append(_ hashes: MachineHashes, to writer: inout LDIFWriter, separated: Bool) {
        writer.raw("replace: unicodePwd")
        hashes.unicodePwd.withBytes { writer.line("unicodePwd", secret: $0) }
        if separated { writer.raw("-") }
        writer.raw("replace: supplementalCredentials")
        hashes.supplementalCredentials.withBytes { writer.line("supplementalCredentials", secret: $0) }
        writer.raw("-")
    }

    struct Failure: Error, Equatable, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    /// One record that replaces both attributes, and nothing besides: anything else is refused whole.
    static func parse(_ bytes: [UInt8]) throws(Failure) -> MachineHashes {
        let records: [[LDIFReader.Line]]
        do throws(LDIFReader.Failure) {
            records = try LDIFReader.records(bytes)
        } catch {
            throw Failure(reason: "not LDIF: \(error)")
        }
        guard records.count == 1, let lines = records.first else {
            throw Failure(reason: "\(records.count) records instead of one")
        }
        var rest = lines[...]
        try expect("dn", placeholder, &rest)
        try expect("changetype", "modify", &rest)
        let hash = try replaced("unicodePwd", &rest)
        // Upstream has none here, RFC 2849 wants one.
        if rest.first?.isDash == true { rest = rest.dropFirst() }
        let package = try replaced("supplementalCredentials", &rest)
        if rest.first?.isDash == true { rest = rest.dropFirst() }
        if let line = rest.first { throw Failure(reason: "line \(line.number) is one too many") }
        guard let hashes = MachineHashes(unicodePwd: hash, supplementalCredentials: package) else {
            throw Failure(reason: "its values are no hashes of an account, or not whole")
        }
        return hashes
    }

    private static func expect(
        _ name: String, _ value: String, _ rest: inout ArraySlice<LDIFReader.Line>
    ) throws(Failure) {
        guard let line = rest.popFirst() else { throw Failure(reason: "ends before '\(name): \(value)'") }
        guard line.name == name, line.text == value else {
            throw Failure(reason: "line \(line.number) is not '\(name): \(value)'")
        }
    }

    private static func replaced(
        _ attribute: String, _ rest: inout ArraySlice<LDIFReader.Line>
    ) throws(Failure) -> [UInt8] {
        guard let head = rest.popFirst() else { throw Failure(reason: "ends before 'replace: \(attribute)'") }
        guard head.name == "replace", head.text?.lowercased() == attribute.lowercased() else {
            throw Failure(reason: "line \(head.number) is not 'replace: \(attribute)'")
        }
        guard let line = rest.popFirst(), line.name == attribute.lowercased() else {
            throw Failure(reason: "no value of \(attribute) behind line \(head.number)")
        }
        return line.value
    }
}
