import LinboModel

/// The MACs behind addresses, kept between looks: anybody can ask in the name of any address, so what a question costs
/// must not grow with the neighbour table or with a lease file.
final class Sightings: Sendable {
    private let neighbours: NeighbourCache
    private let leases: [LeaseCache]
    private let now: @Sendable () -> Int64

    init(_ table: AddressTable) {
        neighbours = NeighbourCache(path: table.neighbours)
        leases = table.leaseFiles.map { LeaseCache($0) }
        now = table.now
    }

    /// Lease files that are there and can't be read, with the reason. Reads them.
    func leaseFaults() -> [(file: String, reason: String)] {
        leases.compactMap { cache in cache.problem.map { (cache.path, $0) } }
    }

    /// Reads what is new in lease files, so that no request has to.
    func refresh() {
        for file in leases { file.refresh() }
    }

    /// Whether one of the lease files is there.
    var hasLeaseFiles: Bool { leases.contains(where: \.isThere) }

    /// What the kernel saw on the wire. May wait for a read.
    func neighbour(at address: IPAddress) -> MACAddress? {
        neighbours.mac(of: address)
    }

    /// May wait for a read, of whoever reads already.
    func sighting(of address: IPAddress) -> AddressTable.Sighting? {
        if let mac = neighbours.mac(of: address) { return AddressTable.Sighting(mac: mac, leaseFile: nil) }
        let now = now()
        for file in leases {
            if let mac = file.mac(of: address, at: now) {
                return AddressTable.Sighting(mac: mac, leaseFile: file.path)
            }
        }
        return nil
    }

    /// As of the last read; never waits.
    func lastSighting(of address: IPAddress) -> AddressTable.Sighting? {
        if let mac = neighbours.lastMAC(of: address) { return AddressTable.Sighting(mac: mac, leaseFile: nil) }
        let now = now()
        for file in leases {
            if let mac = file.lastMAC(of: address, at: now) {
                return AddressTable.Sighting(mac: mac, leaseFile: file.path)
            }
        }
        return nil
    }
}
