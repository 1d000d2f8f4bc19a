/// All schools' devices.csv as one value. Look-ups are exact, and cost the same for 5 hosts as for 5,000.
package struct Devices: Sendable {
    /// In the order of the files and rows. Rows that share a name are not in it: a command for that name must not reach
    /// two PCs.
    package let hosts: [Host]
    /// Those of the files, then those of doubles.
    package let problems: [Problem]

    private let names: [HostName: Int]
    private let addresses: [IPAddress: Int]
    private let macs: [MACAddress: Int]

    /// No host and no problem: before the first load.
    package static let empty = Devices([])

    /// Joins files and finds the doubles over all of them. An address or MAC that stands twice identifies nobody, its
    /// hosts stay known by their other keys.
    package init(_ files: [DevicesFile]) {
        let rows = files.flatMap { $0.hosts }
        let byName = KeyCensus(rows) { $0.name }
        let byAddress = KeyCensus(rows) { $0.address }
        let byMAC = KeyCensus(rows) { $0.mac }
        let hosts = byName.doubled.isEmpty ? rows : rows.filter { !byName.doubled.contains($0.name) }
        self.hosts = hosts
        names = byName.index(of: hosts) { $0.name }
        addresses = byAddress.index(of: hosts) { $0.address }
        macs = byMAC.index(of: hosts) { $0.mac }
        let doubles =
            byName.problems("host name", fix: "give one of them another name; until then both are unknown")
            + byAddress.problems("address", fix: "correct one of them; until then it identifies nobody")
            + byMAC.problems("MAC address", fix: "correct one of them; until then it identifies nobody")
        problems = files.flatMap { $0.problems } + ProblemList(doubles).problems
    }

    /// nil: no row has this address, or several do.
    package func host(at address: IPAddress) -> Host? { addresses[address].map { hosts[$0] } }

    /// The name with its school's prefix; case is ignored.
    package func host(named name: HostName) -> Host? { names[name].map { hosts[$0] } }

    /// nil: no row has this MAC, or several do.
    package func host(mac: MACAddress) -> Host? { macs[mac].map { hosts[$0] } }

    /// In the order of the files; the same group may have hosts in several schools.
    package func hosts(inGroup group: GroupName) -> [Host] { hosts.filter { $0.group == group } }

    /// The room with its school's prefix.
    package func hosts(inRoom room: String) -> [Host] { hosts.filter { $0.room == room } }

    /// The same for a room that was named in a command, prefix included.
    package func hosts(inRoom room: RoomName) -> [Host] { hosts(inRoom: room.text) }
}

/// Counts a key over all rows: which stand twice, and where.
private struct KeyCensus<Key: Hashable & CustomStringConvertible> {
    private(set) var doubled: Set<Key> = []
    private var pairs: [(key: Key, first: Host, again: Host)] = []

    init(_ rows: [Host], key: (Host) -> Key?) {
        var first: [Key: Int] = [:]
        first.reserveCapacity(rows.count)
        for (offset, row) in rows.enumerated() {
            guard let value = key(row) else { continue }
            if let earlier = first[value] {
                doubled.insert(value)
                pairs.append((value, rows[earlier], row))
            } else {
                first[value] = offset
            }
        }
    }

    /// The hosts that a key identifies, as offsets.
    func index(of hosts: [Host], key: (Host) -> Key?) -> [Key: Int] {
        var index: [Key: Int] = [:]
        index.reserveCapacity(hosts.count)
        for (offset, host) in hosts.enumerated() {
            if let value = key(host), !doubled.contains(value) { index[value] = offset }
        }
        return index
    }

    /// One for each row after the first. A row that stands twice as a whole is told once, by its name.
    func problems(_ noun: String, fix: String) -> [Problem] {
        pairs.compactMap { key, first, again in
            guard key is HostName || first.name != again.name else { return nil }
            return Problem(
                location: again.source, what: "\(noun) \(key) is also that of \(first.name) at \(first.source)",
                fix: fix, severity: .leftOut)
        }
    }
}
