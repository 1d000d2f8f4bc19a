package import LinboModel
package import Torrent

/// How an image's seeding goes, as it was within the last second.
package struct SeedState: Sendable, Equatable {
    /// Whether it can be had.
    package enum Phase: Sendable, Equatable {
        /// It is wanted.
        case seeding
        /// It is wanted no more, and goes with its last peer.
        case retiring
        /// It can't be had; peers were sent away.
        case failed(SeedFault)
    }

    /// What its swarm knows it by.
    package let infoHash: InfoHash
    /// Where the image was when it was opened.
    package let path: String
    package let phase: Phase
    /// Bytes of it that peers got from here since it was wanted.
    package let uploaded: Int64
    /// Bytes a second, of all its peers.
    package let rate: Int
    /// Pieces that were compared with the torrent, as somebody asked for them.
    package let provenPieces: Int
    /// Pieces that it has.
    package let pieces: Int
    /// Those that are connected, in no order.
    package let peers: [SeedPeer]

    /// Peers that lack something of it.
    package var unfinished: Int { peers.count { $0.pieces < pieces } }
}

/// A PC that is connected, or another server.
package struct SeedPeer: Sendable, Equatable {
    package let address: IPAddress
    /// Of the connection, which is none that it listens on.
    package let port: UInt16
    /// The first letters of its peer ID, which name its program: `-A2-1-36`.
    package let client: String
    /// How many it says to have.
    package let pieces: Int
    /// Bytes that it got from here.
    package let uploaded: Int64
    /// Bytes a second.
    package let rate: Int
}
