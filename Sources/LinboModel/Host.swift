/// One row of a devices.csv (docs/linbo.md#devices).
package struct Host: Sendable, Hashable {
    /// With the school's prefix, as DNS and file names have it.
    package let name: HostName
    /// With the school's prefix. May hold anything but control characters.
    package let room: String
    /// Column 2: whose start.conf it gets. Has no school's prefix.
    package let group: GroupName
    /// Column 3.
    package let mac: MACAddress
    /// nil: `DHCP`, the address is a DHCP server's choice.
    package let address: IPAddress?
    /// Column 5; nil: none, or one that is wrong.
    package let officeKey: ProductKey?
    /// Column 6; nil: none, or one that is wrong.
    package let windowsKey: ProductKey?
    /// Column 7; empty if it has fewer than five characters.
    package let dhcpOptions: [String]
    /// Column 8, such as `classroom-studentcomputer`.
    package let role: String
    /// Column 10: 0 none, 1 LINBO, 2 and 3 of old.
    package let pxe: Int
    /// Column 14.
    package let comment: String
    /// Whose devices.csv the row stands in.
    package let school: SchoolName
    /// The row.
    package let source: SourceLocation

    /// A row as a parser read it; what has a default stands in a column that may be empty.
    package init(
        name: HostName, room: String, group: GroupName, mac: MACAddress, address: IPAddress?,
        officeKey: ProductKey? = nil, windowsKey: ProductKey? = nil, dhcpOptions: [String] = [], role: String = "",
        pxe: Int = 1, comment: String = "", school: SchoolName = .default, source: SourceLocation
    ) {
        self.name = name
        self.room = room
        self.group = group
        self.mac = mac
        self.address = address
        self.officeKey = officeKey
        self.windowsKey = windowsKey
        self.dhcpOptions = dhcpOptions
        self.role = role
        self.pxe = pxe
        self.comment = comment
        self.school = school
        self.source = source
    }

    /// Whether LINBO commands are for it: PXE flag 1 or 2, compared as a number (defect 41,
    /// docs/linbo.md#defects-of-the-old-hooks).
    package var takesCommands: Bool { pxe == 1 || pxe == 2 }
}
