import Glibc
package import LinboModel
import LinuxKit
import Synchronization

/// The networks that this machine is connected to by Ethernet, where the kernel knows the MAC behind an address.
package enum LocalLinks {
    /// Whether a client's packets come from a link with MACs, without a router between. Loopback is none, nor is a
    /// tunnel, nor this machine itself. If the kernel does not tell its networks, all but loopback counts as local: who
    /// asks wants to know whether a MAC can be demanded.
    /// - Parameter isFresh: false for an answer that may be a second old, which costs less.
    package static func reach(_ address: IPAddress, isFresh: Bool = true) -> Bool {
        guard let networks = isFresh ? current() : networks() else { return !address.isLoopback }
        guard !networks.contains(where: { $0.address == address.bytes }) else { return false }
        return networks.contains { $0.reaches(address.bytes) }
    }

    /// Why no other machine can have an address; nil if one can, as far as this machine's networks tell.
    package static func reserves(_ address: IPAddress) -> String? {
        for network in networks() ?? [] where network.reaches(address.bytes) {
            if network.address == address.bytes { return "the server's own" }
            if network.isWhole(address.bytes) { return "that of a whole network" }
        }
        return nil
    }

    /// Asked for each connection; an interface that has just come up may wait a second.
    private static func networks() -> [InterfaceAddress]? {
        cached.withLock { cached in
            let now = ContinuousClock.now
            if let known = cached, now - known.at < .seconds(1) { return known.networks }
            let networks = current()
            cached = (now, networks)
            return networks
        }
    }

    private static let cached = Mutex<(at: ContinuousClock.Instant, networks: [InterfaceAddress]?)?>(nil)

    private static func current() -> [InterfaceAddress]? {
        let unwanted = UInt32(IFF_LOOPBACK | IFF_POINTOPOINT | IFF_NOARP)
        return (try? InterfaceAddress.all())?.filter { network in
            network.canBroadcast && network.flags & unwanted == 0 && network.mask.contains { $0 != 0 }
        }
    }
}

extension InterfaceAddress {
    /// IPv4's first and last address of a network mean all of it; not of those with two addresses.
    fileprivate func isWhole(_ address: [UInt8]) -> Bool {
        guard address.count == 4, mask.count == 4, mask[3] & 0b11 == 0 else { return false }
        let host = zip(address, mask).map { $0 & ~$1 }
        return host.allSatisfy { $0 == 0 } || zip(host, mask).allSatisfy { $0 == ~$1 }
    }
}
