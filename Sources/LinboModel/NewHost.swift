/// A host as a LINBO client registers it: one row of devices.csv in `<host>.new` (docs/linbo.md#new-hosts). Every
/// column has a strict grammar, so that the row can be neither two rows nor something that a shell, a spreadsheet or a
/// DHCP server obeys.
package struct NewHost: Sendable, Hashable {
    /// As the client sent them, with or without a school's prefix.
    package let name: HostName
    /// Column 0, as the client sent it.
    package let room: RoomName
    /// Column 2.
    package let group: GroupName
    /// Column 3: of a card, so neither zero nor a group address.
    package let mac: MACAddress
    /// nil: `DHCP`.
    package let address: IPAddress?
    /// Column 8, such as `classroom-studentcomputer`.
    package let role: String
    /// Column 10: 0 to 3.
    package let pxe: Int
    /// Column 14.
    package let comment: String

    /// What a file may have; a row has about 100 bytes.
    package static let sizeLimit = 4096

    /// `pc01.new` is about `pc01`. nil: no such name.
    package static func name(inFileName fileName: some StringProtocol) -> HostName? {
        guard fileName.hasSuffix(".new") else { return nil }
        return HostName(fileName.dropLast(4))
    }

    /// - Parameter wanted: the name that the file has.
    /// - Throws: all that is wrong with the row at once.
    package init(parsing bytes: [UInt8], named wanted: HostName) throws(NewHostError) {
        var reader = try NewHostReader(bytes)
        let name = reader.name(wanted)
        let room = reader.room()
        let group = reader.group()
        let mac = reader.mac()
        let address = reader.address()
        role = reader.role()
        pxe = reader.pxe()
        comment = reader.comment()
        reader.checkOthers()
        guard let name, let room, let group, let mac, let address, reader.problems.isEmpty else {
            throw NewHostError(reader.problems)
        }
        self.name = name
        self.room = room
        self.group = group
        self.mac = mac
        self.address = address.fixed
    }

    /// The row as devices.csv has it, without a newline: ASCII, of 11 columns, or 15 if there is a comment.
    /// - Parameter prefix: what the file of its school leaves out, such as `gym-`; taken from name and room where it
    ///   is.
    package func row(without prefix: String = "") -> String {
        var columns = [
            stripped(room.text, prefix), stripped(name.description, prefix), group.text, mac.description,
            address?.description ?? "DHCP", "", "", "", role, "", String(pxe),
        ]
        if !comment.isEmpty { columns += ["", "", "", comment] }
        return columns.joined(separator: ";")
    }

    private func stripped(_ text: String, _ prefix: String) -> String {
        hasPrefix(text, prefix) ? String(text.dropFirst(prefix.count)) : text
    }
}

/// All that is wrong with a registered row, each with its column and fix.
package struct NewHostError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Never empty; for an admin to read, and without product keys.
    package let problems: [String]

    init(_ problems: [String]) {
        self.problems = problems
    }

    /// All problems in one line, with `; ` between.
    package var description: String { problems.joined(separator: "; ") }
}

/// Case is ignored, as host names are compared so.
func hasPrefix(_ text: String, _ prefix: String) -> Bool {
    !prefix.isEmpty && text.lowercased().hasPrefix(prefix.lowercased())
}
