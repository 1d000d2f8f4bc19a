import LinboModel

/// A client's address and the port that it listens on.
struct PeerAddress: Sendable, Hashable {
    let address: UInt32
    let port: UInt16

    /// The address as text.
    var dotted: String { IPAddress(v4: address).description }
}

/// What is known of a peer.
struct SwarmPeer: Sendable {
    let key: PeerAddress
    /// As of its last announce.
    private(set) var place: Place
    private(set) var id: [UInt8]
    private(set) var left: Int64
    private(set) var downloaded: Int64
    private(set) var uploaded: Int64
    private(set) var rate: Double?
    let firstSeen: Int64
    private(set) var lastSeen: Moment
    /// Nanoseconds; from then on it counts as gone.
    private(set) var end: UInt64

    /// What the rate is reckoned from.
    private var mark: (nanoseconds: UInt64, left: Int64)

    var isSeed: Bool { left == 0 }

    /// - Parameters:
    ///   - left: bytes, cut to the file's length.
    ///   - end: when it counts as gone.
    init(_ key: PeerAddress, _ request: AnnounceRequest, at place: Place, left: Int64, _ now: Moment, end: UInt64) {
        self.key = key
        (self.place, self.left, self.end) = (place, left, end)
        (id, downloaded, uploaded) = (request.peerID, request.downloaded, request.uploaded)
        (firstSeen, lastSeen) = (now.unix, now)
        mark = (now.nanoseconds, left)
    }

    /// Takes another announce of it.
    mutating func update(_ request: AnnounceRequest, at place: Place, left: Int64, _ now: Moment, end: UInt64) {
        (self.place, self.left, self.end) = (place, left, end)
        (id, downloaded, uploaded) = (request.peerID, request.downloaded, request.uploaded)
        lastSeen = now
        // Two announces at once, such as the last regular one and `completed`, say nothing of a rate.
        guard now.nanoseconds >= mark.nanoseconds + Moment.second else { return }
        rate = Double(max(0, mark.left - left)) * 1e9 / Double(now.nanoseconds - mark.nanoseconds)
        mark = (now.nanoseconds, left)
    }

    /// For those who look at the tracker.
    var shown: Swarm.Peer {
        Swarm.Peer(
            address: place.address, port: key.port, left: left, downloaded: downloaded, uploaded: uploaded,
            firstSeen: firstSeen, lastSeen: lastSeen.unix, rate: rate)
    }
}
