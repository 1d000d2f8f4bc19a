import Torrent

/// A torrent that is seeded, as the engine's thread knows it.
final class SeedTorrent {
    var file: SeedFile
    var uploaded: Int64 = 0
    /// When it goes, if it is wanted no more; nanoseconds of `MonotonicClock`.
    var retirement: (earliest: UInt64, latest: UInt64)?
    /// Who waits for a piece that is being read.
    var waiting: [Int: [PeerConnection]] = [:]

    init(_ file: SeedFile) {
        self.file = file
    }

    var pieces: Int { file.torrent.pieceCount }

    /// Whether a block is one of its pieces', of a length that may be asked for.
    func has(_ block: BlockRequest) -> Bool {
        guard block.piece < pieces, (1...BlockRequest.longest).contains(block.length) else { return false }
        return block.begin <= file.length(ofPiece: block.piece) - block.length
    }

    func state(_ peers: [SeedPeer]) -> SeedState {
        let phase: SeedState.Phase =
            if let fault = file.fault { .failed(fault) } else { retirement == nil ? .seeding : .retiring }
        return SeedState(
            infoHash: file.torrent.infoHash, path: file.path, phase: phase, uploaded: uploaded,
            rate: peers.reduce(0) { $0 + $1.rate }, provenPieces: file.provenCount, pieces: pieces, peers: peers)
    }
}
