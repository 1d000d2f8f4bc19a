import CLinux
import Glibc
import LinuxKit
import Logging
import Synchronization
import Torrent

/// Serves all peers of all torrents, on one thread, over epoll(7). It connects to nobody, asks nobody for anything, and
/// sends by sendfile(2) from files that are open to read: no byte of an image is in its hands. What has to wait for the
/// disk is done by threads of `disk`.
final class SeedEngine {
    private let listener: SeedListener
    private let mailbox: Mailbox<SeedMessage>
    private let board: SeedBoard
    private let linger: SeedLinger
    private let disk: ThreadPool
    private let logger: Logger
    private let poller: Poller

    private var torrents: [[UInt8]: SeedTorrent] = [:]
    private var connections: [Int32: PeerConnection] = [:]
    private var rates: SeedRates
    /// Those that a limit holds back.
    private var held: [PeerConnection] = []
    private var isListening = false
    private var isStopping = false
    private var now = MonotonicClock.now()

    /// 20 bytes; the first name the program.
    static let peerID: [UInt8] =
        Array("-LH0001-".utf8) + (0..<12).map { _ in UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "z")) }

    private static let eventLimit = 64
    private static let connectionLimit = 4000
    /// A PC has one or two for each torrent.
    private static let addressLimit = 64
    /// Bytes that one peer gets before the next has its turn.
    private static let turn = 512 << 10
    private static let second: UInt64 = 1_000_000_000
    /// Milliseconds until those that a limit holds back are looked at again.
    private static let pause: Int32 = 10

    /// - Throws: `SystemError` if there is no descriptor left.
    init(
        _ listener: SeedListener, _ mailbox: Mailbox<SeedMessage>, _ board: SeedBoard, _ linger: SeedLinger,
        _ disk: ThreadPool, _ logger: Logger
    ) throws(SystemError) {
        (self.listener, self.mailbox, self.board, self.linger) = (listener, mailbox, board, linger)
        (self.disk, self.logger) = (disk, logger)
        rates = SeedRates(SeedLimits(), now: now)
        poller = try Poller("seeding")
        watch(mailbox.descriptor, EPOLL_CTL_ADD)
    }

    private func watch(_ descriptor: Int32, _ operation: Int32, write: Bool = false) {
        var event = epoll_event(
            events: EPOLLIN.rawValue | (write ? EPOLLOUT.rawValue : 0), data: epoll_data_t(fd: descriptor))
        epoll_ctl(poller.descriptor, operation, descriptor, &event)
    }

    /// Serves until the mailbox says stop.
    func run() {
        clinux_block_sigpipe()
        var events = [epoll_event](repeating: epoll_event(), count: Self.eventLimit)
        var next = now
        while !isStopping {
            let isQuiet = connections.isEmpty && !torrents.values.contains { $0.retirement != nil }
            let patience: Int32 = !held.isEmpty ? Self.pause : isQuiet && isListening ? -1 : 1000
            let count = epoll_wait(poller.descriptor, &events, Int32(Self.eventLimit), patience)
            now = MonotonicClock.now()
            for event in events.prefix(Int(max(0, count))) { handle(event) }
            serveHeld()
            guard now >= next || isQuiet else { continue }
            tick()
            next = now + Self.second
        }
        connections = [:]
        torrents = [:]
        tell()
    }

    /// In another order each time: the first one takes what there is.
    private func serveHeld() {
        let again = held.shuffled()
        held = []
        for connection in again {
            connection.isHeld = false
            if connections[connection.descriptor] === connection { serve(connection) }
        }
    }

    private func handle(_ event: epoll_event) {
        let descriptor = event.data.fd
        if descriptor == mailbox.descriptor {
            for message in mailbox.take() { handle(message) }
        } else if descriptor == listener.descriptor {
            accept()
        } else if let connection = connections[descriptor] {
            if event.events & ~EPOLLOUT.rawValue != 0, !receive(connection) { return }
            serve(connection)
        }
    }

    // MARK: What others want

    private func handle(_ message: SeedMessage) {
        switch message {
        case .want(let files): want(files)
        case .limit(let limits):
            rates = SeedRates(limits, now: now)
            for connection in connections.values { connection.group = rates.group(of: connection.address) }
        case .loaded(let file, let piece): loaded(file, piece)
        case .stop: isStopping = true
        }
    }

    private func want(_ files: [SeedFile]) {
        var wanted: Set<[UInt8]> = []
        for file in files {
            let hash = file.torrent.infoHash.bytes
            wanted.insert(hash)
            if let torrent = torrents[hash] {
                // What is being read was of the old one; peers ask again for the new one's.
                if torrent.file !== file { exchange(torrent, file) }
                torrent.retirement = nil
            } else {
                torrents[hash] = SeedTorrent(file)
            }
        }
        for (hash, torrent) in torrents where !wanted.contains(hash) && torrent.retirement == nil {
            torrent.retirement = (now + linger.shortest, now + linger.longest)
        }
        tick()
    }

    private func exchange(_ torrent: SeedTorrent, _ file: SeedFile) {
        torrent.file = file
        let waiting = torrent.waiting.values.joined()
        torrent.waiting = [:]
        for connection in waiting {
            connection.isWaiting = false
            serve(connection)
        }
    }

    // MARK: Peers

    private func accept() {
        while connections.count < Self.connectionLimit {
            switch listener.accept() {
            case .none: return
            // `tick` tries again.
            case .exhausted: return listen(false)
            case .peer(let descriptor, let address, let port):
                let connection = PeerConnection(descriptor, address, port: port, now: now)
                let same = connections.values.count { $0.address == address }
                guard same < Self.addressLimit else { continue }
                connection.group = rates.group(of: address)
                connections[descriptor] = connection
                watch(descriptor, EPOLL_CTL_ADD)
            }
        }
        listen(false)
    }

    /// Whoever connects while it does not waits in the kernel.
    private func listen(_ isWanted: Bool) {
        guard isWanted != isListening else { return }
        watch(listener.descriptor, isWanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL)
        isListening = isWanted
    }

    /// - Returns: false if the connection is over.
    private func receive(_ connection: PeerConnection) -> Bool {
        let isOpen = withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            let count = recv(connection.descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            do throws(PeerFault) {
                try connection.receive(buffer.prefix(count), at: now, torrents)
                return true
            } catch {
                logger.debug("seeding: \(connection.address) sent away: \(error)")
                return false
            }
        }
        if !isOpen { end(connection) }
        return isOpen
    }

    private func end(_ connection: PeerConnection) {
        guard connections[connection.descriptor] === connection else { return }
        // It is closed once nobody waits for its piece any more.
        watch(connection.descriptor, EPOLL_CTL_DEL)
        connections[connection.descriptor] = nil
        if !isListening { listen(true) }
    }

    /// Sends what may be sent now.
    private func serve(_ connection: PeerConnection) {
        var rest = Self.turn
        while rest > 0, connection.hasOutput {
            if let request = connection.nextRequest, !begin(request, connection) { break }
            switch connection.send(at: now) {
            case .sent(let count):
                rest -= count
                connection.torrent?.uploaded += Int64(count)
            case .full: rest = 0
            case .failed: return end(connection)
            }
        }
        // Its turn is over, or its socket is full: epoll tells when there is room again.
        let isWanted = rest <= 0 && connection.hasOutput
        guard isWanted != connection.isWriteWatched else { return }
        connection.isWriteWatched = isWanted
        watch(connection.descriptor, EPOLL_CTL_MOD, write: isWanted)
    }

    /// - Returns: false if a block has to wait for its limit or the disk, or can't be had.
    private func begin(_ request: BlockRequest, _ connection: PeerConnection) -> Bool {
        guard !connection.isWaiting, let torrent = connection.torrent else { return false }
        guard torrent.file.isUnchanged() else {
            fail(torrent)
            return false
        }
        guard rates.isOpen(to: connection.group, at: now) else {
            if !connection.isHeld { held.append(connection) }
            connection.isHeld = true
            return false
        }
        guard connection.isReady(request, of: torrent.file) else {
            load(request.piece, of: torrent, for: connection)
            return false
        }
        rates.take(request.length, for: connection.group)
        connection.begin(request, of: torrent.file)
        return true
    }

    // MARK: The disk

    private func load(_ piece: Int, of torrent: SeedTorrent, for connection: PeerConnection) {
        connection.isWaiting = true
        torrent.waiting[piece, default: []].append(connection)
        guard torrent.waiting[piece]?.count == 1 else { return }
        let (file, mailbox) = (torrent.file, mailbox)
        Task(executorPreference: disk) {
            file.load(piece)
            mailbox.post(.loaded(file, piece: piece))
        }
    }

    private func loaded(_ file: SeedFile, _ piece: Int) {
        guard let torrent = torrents[file.torrent.infoHash.bytes], torrent.file === file else { return }
        guard file.fault == nil else { return fail(torrent) }
        for connection in torrent.waiting.removeValue(forKey: piece) ?? [] {
            connection.resume(withPiece: piece)
            if connections[connection.descriptor] === connection { serve(connection) }
        }
    }

    /// Its peers are sent away; it is told of until nobody wants it any more.
    private func fail(_ torrent: SeedTorrent) {
        logger.error("seeding: \(torrent.file.fault.map { "\($0)" } ?? torrent.file.path)")
        torrent.waiting = [:]
        for connection in connections.values where connection.torrent === torrent { end(connection) }
        tell()
    }

    // MARK: Once a second

    private func tick() {
        listen(connections.count < Self.connectionLimit)
        for connection in connections.values {
            if !connection.tick(at: now) { end(connection) } else if connection.hasOutput { serve(connection) }
        }
        for (hash, torrent) in torrents {
            guard let (earliest, latest) = torrent.retirement else { continue }
            let peers = connections.values.filter { $0.torrent === torrent }
            let isOver = torrent.file.fault != nil || now >= latest
            guard isOver || (now >= earliest && peers.allSatisfy(\.isSatisfied)) else { continue }
            for connection in peers { end(connection) }
            torrents[hash] = nil
        }
        tell()
    }

    private func tell() {
        var peers: [ObjectIdentifier: [SeedPeer]] = [:]
        for connection in connections.values {
            if let torrent = connection.torrent {
                peers[ObjectIdentifier(torrent), default: []].append(connection.peer)
            }
        }
        let states = torrents.values.map { $0.state(peers[ObjectIdentifier($0)] ?? []) }
        board.states.withLock { $0 = states }
    }
}
