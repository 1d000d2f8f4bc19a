package import LinboModel
import LinuxKit

/// Where it stands which MAC is behind an address: what the kernel saw on the wire, else what a DHCP server gave.
package struct AddressTable: Sendable {
    /// A file that a DHCP server writes its leases to.
    package struct LeaseFile: Sendable, Hashable {
        /// Absolute.
        package let path: String
        /// Which server's form it has.
        package let format: LeaseFormat

        /// One item of `identity.leases`.
        package init(path: String, format: LeaseFormat) {
            self.path = path
            self.format = format
        }
    }

    /// A MAC that was seen behind an address.
    package struct Sighting: Sendable, Hashable {
        /// Of the machine that had the address when it was looked up.
        package let mac: MACAddress
        /// nil: the neighbour table.
        package let leaseFile: String?

        func recognition(_ row: SourceLocation) -> Recognition {
            guard let leaseFile else { return .neighbour(mac, row) }
            return .lease(mac, file: leaseFile, row)
        }
    }

    /// Where Debian's servers keep their leases; a file that is not there is no error.
    package static let usualLeaseFiles = [
        LeaseFile(path: "/var/lib/dhcp/dhcpd.leases", format: .isc),
        LeaseFile(path: "/var/lib/misc/dnsmasq.leases", format: .dnsmasq),
        LeaseFile(path: "/var/lib/kea/kea-leases4.csv", format: .kea),
    ]

    let neighbours: String
    let leaseFiles: [LeaseFile]
    let check: MACCheck
    let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - neighbours: the kernel's table, in the form of `/proc/net/arp`.
    ///   - check: when `HostDirectory.doubt` looks at a client's MAC.
    package init(
        neighbours: String = "/proc/net/arp", leaseFiles: [LeaseFile] = usualLeaseFiles,
        check: MACCheck = .onLocalLinks, now: @escaping @Sendable () -> Int64 = UnixTime.now
    ) {
        self.neighbours = neighbours
        self.leaseFiles = leaseFiles
        self.check = check
        self.now = now
    }

    /// Whether the same is looked up in the same files.
    static func == (one: AddressTable, other: AddressTable) -> Bool {
        one.neighbours == other.neighbours && one.leaseFiles == other.leaseFiles
    }
}
