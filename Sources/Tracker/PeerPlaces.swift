package import LinboModel

/// Where in the school an address is.
package struct Place: Sendable, Hashable {
    /// Of IPv4.
    package let address: IPAddress
    /// nil: in none that is known, so that nobody is in the same one.
    package let room: String?
    /// Any name that all of a subnet have in common, such as `10.0.1.0/24`; nil as for the room.
    package let subnet: String?
    /// Whether it is one of the daemon's own, such as its seeder's: everybody is told of one, and it may ask as often
    /// as it likes.
    package let isServer: Bool

    /// - Parameter address: of IPv4.
    package init(_ address: IPAddress, room: String? = nil, subnet: String? = nil, isServer: Bool = false) {
        (self.address, self.room, self.subnet, self.isServer) = (address, room, subnet, isServer)
    }
}

/// What the tracker knows of the school. Both are asked on the tracker's only thread, for each announce: they look into
/// memory, and wait for nothing.
package protocol PeerPlaces: Sendable {
    /// Where an address is now.
    func place(of address: IPAddress) -> Place

    /// Whether `asker` can open a connection to `peer`. It is not told of peers that it can't.
    func canReach(_ peer: Place, from asker: Place) -> Bool
}

/// A school in one room, where everybody reaches everybody.
package struct FlatNetwork: PeerPlaces {
    private let servers: Set<IPAddress>

    /// - Parameter servers: the daemon's own addresses.
    package init(servers: Set<IPAddress> = []) {
        self.servers = servers
    }

    package func place(of address: IPAddress) -> Place {
        Place(address, room: "", subnet: "", isServer: servers.contains(address))
    }

    package func canReach(_ peer: Place, from asker: Place) -> Bool { true }
}
