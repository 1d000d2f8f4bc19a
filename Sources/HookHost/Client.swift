package import LinboModel

/// Who asks: an address, and the host of devices.csv that it belongs to, if any.
package struct Client: Sendable {
    /// Where its packets come from.
    package let address: IPAddress
    /// nil: a client that no devices.csv knows. It gets plain files and nothing secret.
    package let host: Host?
    /// How `host` was found, or why there is none.
    package let recognition: Recognition

    /// `HostDirectory.client(at:)` makes one for an address that asks.
    package init(address: IPAddress, host: Host?, recognition: Recognition) {
        self.address = address
        self.host = host
        self.recognition = recognition
    }

    /// The host's name, or the address of an unknown client: what logs call it.
    package var label: String { host?.name.description ?? address.description }
}

/// How a client's host was found; `linboctl explain` shows it.
package enum Recognition: Sendable, Hashable, CustomStringConvertible {
    /// The address stands in devices.csv.
    case address(SourceLocation)
    /// The kernel's neighbour table knows the address's MAC, and that stands in devices.csv.
    case neighbour(MACAddress, SourceLocation)
    /// A DHCP server's lease file knows the address's MAC.
    case lease(MACAddress, file: String, SourceLocation)
    /// An admin asks in its name: it is taken for the machine that devices.csv names.
    case assumed(SourceLocation)
    case unknown(String)

    package var description: String {
        switch self {
        case .address(let row): "address in \(row)"
        case .neighbour(let mac, let row): "\(mac) in the kernel's neighbour table, \(row)"
        case .lease(let mac, let file, let row): "\(mac) in \(file), \(row)"
        case .assumed(let row): "by its name in \(row); whether it is that machine is looked at when it asks"
        case .unknown(let reason): "unknown: \(reason)"
        }
    }
}
