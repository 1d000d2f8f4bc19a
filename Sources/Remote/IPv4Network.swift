package import LinboModel

/// Addresses that have their first bits in common.
package struct IPv4Network: Sendable, Hashable {
    /// 0 to 32.
    package let prefix: Int
    private let mask: UInt32
    private let first: UInt32

    /// - Parameter address: any one of the network.
    /// - Returns: nil for an address of IPv6, or a prefix beyond 32.
    package init?(_ address: IPAddress, prefix: Int) {
        guard address.isIPv4, (0...32).contains(prefix) else { return nil }
        self.prefix = prefix
        mask = UInt32.max << (32 - prefix)
        first = Self.number(address) & mask
    }

    /// `10.0.0.0/16`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), let prefix = Int(digits: parts[1]) else {
            return nil
        }
        self.init(address, prefix: prefix)
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 && Self.number(address) & mask == first
    }

    /// Its last address, which all of it hear.
    package var broadcast: IPAddress { IPAddress(v4: first | ~mask) }

    private static func number(_ address: IPAddress) -> UInt32 {
        address.bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
