package import LinboModel
package import Torrent

/// Who has a torrent, or is about to, as their last announces say.
package struct Swarm: Sendable, Hashable {
    /// One client.
    package struct Peer: Sendable, Hashable {
        /// That it asks from.
        package let address: IPAddress
        /// That it listens on.
        package let port: UInt16
        /// Bytes until it is complete, at most the file's length.
        package let left: Int64
        /// Bytes since it was started, as it says.
        package let downloaded: Int64
        package let uploaded: Int64
        /// Seconds since 1970.
        package let firstSeen: Int64
        package let lastSeen: Int64
        /// Bytes a second by which `left` fell between its last two announces that were a second apart; nil before.
        package let rate: Double?

        /// Whether it has all.
        package var isSeed: Bool { left == 0 }
    }

    /// The torrent, and its file's length.
    package let torrent: PublishedTorrent
    /// Those whose interval is not over twice.
    package let peers: [Peer]
    /// How many became complete since the torrent was published.
    package let completed: Int
}

/// What became of a peer.
package struct PeerChange: Sendable, Hashable {
    /// Why there is something to tell.
    package enum Kind: Sendable, Hashable, CaseIterable {
        case started
        /// It has less left than before, or, after a check of its file, more.
        case progressed
        /// It has all since now. One that had all when it started only starts.
        case completed
        /// It said that it ends.
        case stopped
        /// It was silent for two intervals, or gave way to another one of its address.
        case expired
        /// Its torrent is not published any more.
        case dropped
    }

    /// Of the torrent.
    package let infoHash: InfoHash
    /// After the change; for the last three, what was known of it.
    package let peer: Swarm.Peer
    package let kind: Kind
}
