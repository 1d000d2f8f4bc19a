import Glibc
package import LinboModel
import Synchronization

/// The networks that this machine is connected to by Ethernet, where the kernel knows the MAC behind an address.
package enum LocalLinks {
    /// Whether a client's packets come from a link with MACs, without a router between. Loopback is none, nor is a
    /// tunnel, nor this machine itself. If the kernel does not tell its networks, all but loopback counts as local: who
    /// asks wants to know whether a MAC can be demanded.
    /// - Parameter isFresh: false for an answer that may be a second old, which costs less.
    package static func reach(_ address: IPAddress, isFresh: Bool = true) -> Bool {
        guard let networks = isFresh ? current() : networks() else { return !address.isLoopback }
        guard !networks.contains(where: { $0.own == address.bytes }) else { return false }
        return networks.contains { $0.contains(address.bytes) }
    }

    /// Why no other machine can have an address; nil if one can, as far as this machine's networks tell.
    package static func reserves(_ address: IPAddress) -> String? {
        for network in networks() ?? [] where network.contains(address.bytes) {
            if network.own == address.bytes { return "the server's own" }
            if network.isWhole(address.bytes) { return "that of a whole network" }
        }
        return nil
    }

    private struct Network: Sendable {
        let own: [UInt8]
        let mask: [UInt8]

        func contains(_ address: [UInt8]) -> Bool {
            guard address.count == own.count, mask.count == own.count else { return false }
            return zip(zip(address, own), mask).allSatisfy { ($0.0 ^ $0.1) & $1 == 0 }
        }

        /// IPv4's first and last address of a network mean all of it; not of those with two addresses.
        func isWhole(_ address: [UInt8]) -> Bool {
            guard address.count == 4, mask[3] & 0b11 == 0 else { return false }
            let host = zip(address, mask).map { $0 & ~$1 }
            return host.allSatisfy { $0 == 0 } || zip(host, mask).allSatisfy { $0 == ~$1 }
        }
    }

    /// Asked for each connection; an interface that has just come up may wait a second.
    private static func networks() -> [Network]? {
        cached.withLock { cached in
            let now = ContinuousClock.now
            if let known = cached, now - known.at < .seconds(1) { return known.networks }
            let networks = current()
            cached = (now, networks)
            return networks
        }
    }

    private static let cached = Mutex<(at: ContinuousClock.Instant, networks: [Network]?)?>(nil)

    private static func current() -> [Network]? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        let unwanted = UInt32(IFF_LOOPBACK | IFF_POINTOPOINT | IFF_NOARP)
        var networks: [Network] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ifa_next
            let flags = entry.ifa_flags
            guard flags & UInt32(IFF_UP) != 0, flags & unwanted == 0,
                flags & UInt32(IFF_BROADCAST) != 0,
                let own = bytes(entry.ifa_addr), let mask = bytes(entry.ifa_netmask), mask.contains(where: { $0 != 0 })
            else { continue }
            networks.append(Network(own: own, mask: mask))
        }
        return networks
    }

    /// The bytes of an IPv4 or IPv6 address.
    private static func bytes(_ address: UnsafeMutablePointer<sockaddr>?) -> [UInt8]? {
        guard let address else { return nil }
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin_addr) { Array($0) }
            }
        case AF_INET6:
            return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { pointer in
                withUnsafeBytes(of: pointer.pointee.sin6_addr) { Array($0) }
            }
        default: return nil
        }
    }
}
