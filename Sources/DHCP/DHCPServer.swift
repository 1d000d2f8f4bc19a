/// The DHCP servers that a configuration can be made for.
package enum DHCPServer: String, Sendable, Hashable, CaseIterable, Codable {
    /// ISC's dhcpd, as linuxmuster.net has it.
    case isc
    /// dnsmasq(8).
    case dnsmasq
    /// ISC's Kea, its DHCPv4 server.
    case kea

    /// The program that checks a configuration, and Debian's package with it.
    package var checker: (program: String, package: String) {
        switch self {
        case .isc: ("dhcpd", "isc-dhcp-server")
        case .dnsmasq: ("dnsmasq", "dnsmasq-base")
        case .kea: ("kea-dhcp4", "kea-dhcp4-server")
        }
    }

    /// How a comment begins.
    var comment: String { self == .kea ? "//" : "#" }
}
