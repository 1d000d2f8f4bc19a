import Glibc
package import LinboModel

/// Where a packet has to go so that a PC hears it that has no address while it sleeps.
package struct BroadcastPlaces: Sendable {
    /// Networks that this machine is in, by its interfaces.
    package let own: [IPv4Network]
    /// Others, which a router has to let such packets into.
    package let others: [IPv4Network]

    package init(own: [IPv4Network], others: [IPv4Network]) {
        (self.own, self.others) = (own, others)
    }

    /// - Parameter subnets: of `subnets.csv`.
    package init(subnets: [IPv4Network]) {
        self.init(own: Self.interfaces(), others: subnets)
    }

    /// - Parameter address: nil: nobody knows it, as it is a DHCP server's choice.
    /// - Returns: one place if the PC's network is known, else all that this machine is in.
    package func all(for address: IPAddress?) -> [IPAddress] {
        guard let address else { return everywhere }
        let known = (own + others).filter { $0.contains(address) }.max { $0.prefix < $1.prefix }
        return known.map { [$0.broadcast] } ?? everywhere
    }

    private var everywhere: [IPAddress] {
        own.isEmpty ? [IPAddress(v4: .max)] : own.map(\.broadcast)
    }

    /// Those that are up and can be broadcast to.
    private static func interfaces() -> [IPv4Network] {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        return sequence(first: list) { $0?.pointee.ifa_next }.prefix { $0 != nil }.compactMap { entry in
            guard let entry = entry?.pointee, isUsable(entry.ifa_flags), let address = ip(entry.ifa_addr),
                let mask = ip(entry.ifa_netmask)
            else { return nil }
            return IPv4Network(address, prefix: mask.bytes.reduce(0) { $0 + $1.nonzeroBitCount })
        }
    }

    private static func isUsable(_ flags: UInt32) -> Bool {
        let wanted = UInt32(IFF_UP | IFF_BROADCAST)
        return flags & wanted == wanted
    }

    private static func ip(_ name: UnsafeMutablePointer<sockaddr>?) -> IPAddress? {
        guard let name, name.pointee.sa_family == sa_family_t(AF_INET) else { return nil }
        return name.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { name in
            IPAddress(v4: UInt32(bigEndian: name.pointee.sin_addr.s_addr))
        }
    }
}
