import CLinux
import DequeModule
import Glibc
import LinboModel
import LinuxKit

/// A connection to a peer, used by the engine's thread alone: what came, what is to be sent, and how far that is.
final class PeerConnection {
    let descriptor: Int32
    let address: IPAddress
    let port: UInt16
    private(set) var stream = PeerStream()
    /// nil until its handshake came.
    private(set) var torrent: SeedTorrent?
    private var client = ""
    /// How many it says to have.
    private var pieces = 0
    private var isUnchoked = false
    private var requests: Deque<BlockRequest> = []

    /// Words to be sent, before the block below.
    private var words: [UInt8] = []
    private var block: (file: SeedFile, offset: Int64, rest: Int)?
    /// The piece that was read for it last, which need not be asked for again.
    private var loaded: Int?
    /// A piece that is being read for it.
    var isWaiting = false
    /// A limit holds it back.
    var isHeld = false
    /// What epoll(7) was told.
    var isWriteWatched = false
    /// Limits that hold for it besides that of all: an index.
    var group: Int?

    private(set) var uploaded: Int64 = 0
    private var uploadedBefore: Int64 = 0
    private(set) var rate = 0
    /// Nanoseconds of `MonotonicClock`.
    private var heard: UInt64
    private var told: UInt64

    /// Requests that may wait: clients have some hundred at most.
    private static let requestLimit = 2048
    /// To say who it is.
    private static let handshakePatience: UInt64 = 15_000_000_000
    /// Peers that want nothing say so every two minutes.
    private static let patience: UInt64 = 240_000_000_000
    private static let keepAlive: UInt64 = 90_000_000_000

    /// - Parameter descriptor: connected, and this value's from now on.
    init(_ descriptor: Int32, _ address: IPAddress, port: UInt16, now: UInt64) {
        (self.descriptor, self.address, self.port) = (descriptor, address, port)
        (heard, told) = (now, now)
    }

    deinit { close(descriptor) }

    var isSatisfied: Bool { torrent.map { pieces >= $0.pieces } ?? true }

    // MARK: What it says

    /// - Parameter torrents: by info hash.
    func receive(
        _ bytes: some Sequence<UInt8>, at now: UInt64, _ torrents: [[UInt8]: SeedTorrent]
    ) throws(PeerFault) {
        heard = now
        stream.add(bytes)
        if torrent == nil {
            guard let handshake = try stream.handshake() else { return }
            guard let torrent = torrents[handshake.infoHash], torrent.file.fault == nil else { throw .unknownTorrent }
            self.torrent = torrent
            client = printable(String(decoding: handshake.peerID.prefix(8), as: UTF8.self), most: 8)
            stream.allow(pieces: torrent.pieces)
            words += PeerHandshake(infoHash: handshake.infoHash, peerID: SeedEngine.peerID).encoded
            words += PeerMessage.bitfield(ofSeedWith: torrent.pieces)
        }
        while let message = try stream.message() { try handle(message) }
    }

    private func handle(_ message: PeerMessage) throws(PeerFault) {
        guard let torrent else { return }
        switch message {
        case .interested where !isUnchoked:
            isUnchoked = true
            words += PeerMessage.unchokeBytes
        case .have: pieces = min(torrent.pieces, pieces + 1)
        case .bitfield(let count): pieces = min(torrent.pieces, count)
        case .request(let request):
            guard torrent.has(request), requests.count < Self.requestLimit else { throw .greedy }
            // It asked before it was told that it may.
            guard isUnchoked else { return }
            requests.append(request)
        case .cancel(let request): requests.removeAll { $0 == request }
        case .interested, .notInterested, .keepAlive, .other: break
        }
    }

    // MARK: What it is sent

    var hasOutput: Bool { !words.isEmpty || block != nil || !requests.isEmpty }
    /// What may be sent next, if nothing is on its way.
    var nextRequest: BlockRequest? { words.isEmpty && block == nil ? requests.first : nil }

    /// Whether a block can be sent without waiting for the disk.
    func isReady(_ request: BlockRequest, of file: SeedFile) -> Bool {
        guard file.isProven(request.piece) else { return false }
        return loaded == request.piece || file.isCached(request)
    }

    /// The piece that it waited for came.
    func resume(withPiece piece: Int) {
        isWaiting = false
        loaded = piece
    }

    /// The next request is what is sent now.
    func begin(_ request: BlockRequest, of file: SeedFile) {
        requests.removeFirst()
        words += PeerMessage.blockHeader(request)
        block = (file, file.offset(of: request), request.length)
    }

    enum Progress {
        /// All of it, or this many bytes of a block.
        case sent(Int)
        /// The socket is full.
        case full
        /// The peer is gone, or the file is shorter than it was.
        case failed
    }

    /// Goes on with what was begun.
    func send(at now: UInt64) -> Progress {
        if !words.isEmpty {
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT) | (block == nil ? 0 : Int32(MSG_MORE))
            let count = words.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
            guard count > 0 else { return isFull(count) ? .full : .failed }
            told = now
            words.removeFirst(count)
            return .sent(0)
        }
        guard let (file, offset, rest) = block else { return .sent(0) }
        let count = clinux_send_file(descriptor, file.descriptor, off_t(offset), rest)
        guard count > 0 else { return isFull(count) ? .full : .failed }
        told = now
        block = count == rest ? nil : (file, offset + Int64(count), rest - count)
        uploaded += Int64(count)
        return .sent(count)
    }

    private func isFull(_ count: Int) -> Bool { count < 0 && (errno == EAGAIN || errno == EINTR) }

    // MARK: Once a second

    /// - Returns: false if it is silent for too long.
    func tick(at now: UInt64) -> Bool {
        rate = (rate + Int(uploaded - uploadedBefore)) / 2
        uploadedBefore = uploaded
        guard torrent != nil else { return now - heard < Self.handshakePatience }
        if !hasOutput, now - told >= Self.keepAlive { words += PeerMessage.keepAliveBytes }
        // One that takes what it is sent lives.
        return now - max(heard, told) < Self.patience
    }

    var peer: SeedPeer {
        SeedPeer(address: address, port: port, client: client, pieces: pieces, uploaded: uploaded, rate: rate)
    }
}
