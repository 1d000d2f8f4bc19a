package import LinboModel

/// The network of one test: the server's real address and the host's, on a cable of their own.
package struct TestNetwork: Sendable, Hashable {
    /// IPv4; what the TFTP server listens on.
    package let server: IPAddress
    /// IPv4; the only address that the test's DHCP server gives.
    package let host: IPAddress
    /// Bits of the network that holds both; 24 at most.
    package let prefix: Int

    /// Why there can be no such network.
    package enum Unfit: Error, Sendable, Hashable {
        /// The network boot that is tried is that of IPv4.
        case serverIsIPv6, hostIsIPv6
        case hostIsServer
    }

    /// - Parameter host: nil: any that is not the server's.
    package init(server: IPAddress, host: IPAddress?) throws(Unfit) {
        guard server.isIPv4 else { throw .serverIsIPv6 }
        guard host?.isIPv4 != false else { throw .hostIsIPv6 }
        let own = Self.number(server)
        let last = own & 0xFF == 100 ? 101 : UInt32(100)
        let other = host.map(Self.number) ?? own & 0xFFFF_FF00 | last
        guard own != other else { throw .hostIsServer }
        self.server = server
        self.host = IPAddress(v4: other)
        prefix = min(24, (own ^ other).leadingZeroBitCount)
    }

    var mask: String {
        IPAddress(v4: prefix == 0 ? 0 : UInt32.max << UInt32(32 - prefix)).description
    }

    private static func number(_ address: IPAddress) -> UInt32 { address.bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}
