import Glibc

/// An address of this machine, and the network that it is in, as getifaddrs(3) tells. An interface may have several.
package struct InterfaceAddress: Sendable, Hashable {
    /// 4 or 16 bytes in network order, and the mask as many.
    package let address: [UInt8]
    package let mask: [UInt8]
    /// The interface's: `IFF_UP` and others (netdevice(7)).
    package let flags: UInt32
    /// The interface's name, such as `eth0`.
    package let interface: String

    package init(address: [UInt8], mask: [UInt8], flags: UInt32, interface: String = "") {
        (self.address, self.mask, self.flags, self.interface) = (address, mask, flags, interface)
    }

    /// Those of IPv4 and IPv6 in this network namespace, of all interfaces that are up, in the kernel's order.
    /// - Throws: `SystemError`.
    package static func all() throws(SystemError) -> [InterfaceAddress] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { throw SystemError("getifaddrs", "") }
        defer { freeifaddrs(list) }
        var addresses: [InterfaceAddress] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            guard entry.ifa_flags & UInt32(IFF_UP) != 0, let address = bytes(entry.ifa_addr),
                let mask = bytes(entry.ifa_netmask)
            else { continue }
            addresses.append(
                InterfaceAddress(
                    address: address, mask: mask, flags: entry.ifa_flags, interface: String(cString: entry.ifa_name)))
        }
        return addresses
    }

    /// Whether all of its network can be told something at once.
    package var canBroadcast: Bool { flags & UInt32(IFF_BROADCAST) != 0 }

    /// Whether an address is in its network.
    /// - Parameter other: of the other family, too: that is not.
    package func reaches(_ other: [UInt8]) -> Bool {
        guard other.count == address.count, mask.count == address.count else { return false }
        return zip(zip(other, address), mask).allSatisfy { ($0.0 ^ $0.1) & $1 == 0 }
    }

    /// The highest address of its network: what is sent there, all of the network hear.
    package var broadcast: [UInt8] { zip(address, mask).map { $0 | ~$1 } }

    private static func bytes(_ name: UnsafeMutablePointer<sockaddr>?) -> [UInt8]? {
        guard let name else { return nil }
        let raw = UnsafeRawPointer(name)
        switch Int32(name.pointee.sa_family) {
        case AF_INET: return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) }
        case AF_INET6: return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) }
        default: return nil
        }
    }
}
