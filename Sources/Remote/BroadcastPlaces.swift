package import LinboModel
import LinuxKit

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

    private static func interfaces() -> [IPv4Network] {
        ((try? InterfaceAddress.all()) ?? []).filter(\.canBroadcast).compactMap { interface in
            IPAddress(bytes: interface.address).flatMap {
                IPv4Network($0, prefix: interface.mask.reduce(0) { $0 + $1.nonzeroBitCount })
            }
        }
    }
}
