import LinboModel

/// The peers of one torrent.
struct PeerSwarm: Sendable {
    private(set) var torrent: PublishedTorrent
    private(set) var peers: [SwarmPeer] = []
    private(set) var seeds = 0
    private(set) var completed = 0
    private var places: [PeerAddress: Int] = [:]

    init(_ torrent: PublishedTorrent) {
        self.torrent = torrent
    }

    /// The length may have been told wrongly before.
    mutating func setTorrent(_ torrent: PublishedTorrent) {
        self.torrent = torrent
    }

    subscript(key: PeerAddress) -> SwarmPeer? { places[key].map { peers[$0] } }

    mutating func add(_ peer: SwarmPeer) {
        guard places[peer.key] == nil else { return }
        places[peer.key] = peers.count
        peers.append(peer)
        if peer.isSeed { seeds += 1 }
    }

    mutating func update(_ key: PeerAddress, _ change: (inout SwarmPeer) -> Void) {
        guard let index = places[key] else { return }
        if peers[index].isSeed { seeds -= 1 }
        change(&peers[index])
        if peers[index].isSeed { seeds += 1 }
    }

    @discardableResult
    mutating func remove(_ key: PeerAddress) -> SwarmPeer? {
        guard let index = places.removeValue(forKey: key) else { return nil }
        let peer = peers[index]
        if peer.isSeed { seeds -= 1 }
        // The last one takes its place.
        let last = peers.removeLast()
        if index < peers.count {
            peers[index] = last
            places[last.key] = index
        }
        return peer
    }

    /// One more has become complete.
    mutating func countCompleted() {
        completed += 1
    }

    /// Those of an address, the one that was silent longest first.
    func peers(of address: UInt32) -> [SwarmPeer] {
        peers.filter { $0.key.address == address }.sorted { $0.lastSeen.nanoseconds < $1.lastSeen.nanoseconds }
    }

    /// Those that count as gone.
    func ended(at now: UInt64) -> [PeerAddress] {
        peers.filter { $0.end <= now }.map(\.key)
    }
}
