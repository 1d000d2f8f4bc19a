import CLinux
import Glibc
import LinboModel
import LinuxKit

/// Answers everybody, on one thread, over epoll(7). What it knows is its own, so there are no locks but the mailbox's.
final class TrackerEngine {
    let settings: TrackerSettings
    let places: any PeerPlaces
    let sockets: TrackerSockets
    let poller: Poller
    let counters: TrackerCounters
    var table: SwarmTable
    var rates: RequestRates
    var pending: PendingConnections
    let connectionIDs = ConnectionIDs()
    let datagrams = Datagrams()
    var now = Moment.now()
    /// Given up when there are no descriptors left, so that a connection can be taken, and ended.
    var spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
    private let changed: @Sendable (PeerChange) -> Void
    private let mailbox: Mailbox<TrackerMessage>
    private var nextSweep: UInt64 = 0
    private var isStopping = false

    private static let eventLimit: Int32 = 64
    /// Packets or connections of one socket before the next one gets its turn.
    static let turn = 64
    /// Nanoseconds between two looks for peers that are gone: they are told to nobody meanwhile, but are counted.
    private static let sweep = 5 * Moment.second

    init(
        _ settings: TrackerSettings, places: any PeerPlaces, changed: @escaping @Sendable (PeerChange) -> Void,
        sockets: TrackerSockets, mailbox: Mailbox<TrackerMessage>, poller: Poller, counters: TrackerCounters
    ) {
        (self.settings, self.places, self.changed) = (settings, places, changed)
        (self.sockets, self.mailbox, self.poller, self.counters) = (sockets, mailbox, poller, counters)
        table = SwarmTable(settings)
        rates = RequestRates(rate: settings.requestRate, burst: settings.requestBurst)
        pending = PendingConnections(
            limit: settings.connectionLimit, limitOfAddress: settings.connectionsOfAddress)
    }

    /// Serves until the mailbox says stop.
    func run() {
        var events = [epoll_event](repeating: epoll_event(), count: Int(Self.eventLimit))
        while !isStopping {
            let count = epoll_wait(poller.descriptor, &events, Self.eventLimit, patience)
            now = Moment.now()
            readMail()
            for event in events.prefix(Int(max(0, count))) { handle(event.data.fd) }
            tidy()
        }
        for descriptor in pending.descriptors + [spare] where descriptor >= 0 { close(descriptor) }
        sockets.close()
        for message in mailbox.close() { handle(message) }
    }

    private func handle(_ descriptor: Int32) {
        if descriptor == mailbox.descriptor {
            // It was read already.
        } else if sockets.datagrams.contains(descriptor) {
            answerPackets(of: descriptor)
        } else if sockets.connections.contains(descriptor) {
            acceptConnections(of: descriptor)
        } else {
            readOn(descriptor)
        }
    }

    /// Before each request: what was published before it came counts.
    func readMail() {
        guard mailbox.hasMessages else { return }
        for message in mailbox.take() { handle(message) }
    }

    private func handle(_ message: TrackerMessage) {
        switch message {
        case .publish(let torrents): tell(table.publish(torrents))
        case .swarms(let asked): asked.resume(returning: table.shown(at: MonotonicClock.now()))
        case .stop: isStopping = true
        }
    }

    func tell(_ changes: [PeerChange]) {
        for change in changes { changed(change) }
    }

    /// Whether an address may ask now. The daemon's own always may.
    func admits(_ address: UInt32) -> Bool {
        if rates.admits(address, at: now.nanoseconds) { return true }
        if places.place(of: IPAddress(v4: address)).isServer { return true }
        counters.countTooFast()
        return false
    }

    // MARK: Time

    private func tidy() {
        for descriptor in pending.removeLate(at: now.nanoseconds) { close(descriptor) }
        guard now.nanoseconds >= nextSweep else { return }
        nextSweep = now.nanoseconds + Self.sweep
        tell(table.expire(at: now.nanoseconds))
    }

    /// Milliseconds until something is to be done without anybody asking; -1: nothing is.
    private var patience: Int32 {
        var moments = pending.nextDeadline.map { [$0] } ?? []
        if !table.isEmpty { moments.append(nextSweep) }
        guard let moment = moments.min() else { return -1 }
        let now = MonotonicClock.now()
        return moment <= now ? 0 : Int32(clamping: (moment - now) / 1_000_000 + 1)
    }
}
