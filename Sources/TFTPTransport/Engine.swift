import CLinux
import Glibc
import HookHost
import LinboModel
import LinuxKit
import Synchronization

/// Serves all transfers of its sockets, on one thread, over epoll(7). Nothing here waits but for packets: what takes
/// time (plugins, text conversion) is done elsewhere and comes back through the mailbox.
///
/// Transfers share a few sockets, each bound to a port of its own, and are told apart by the client's address and port:
/// so one call takes the acknowledgements of many clients, and one call answers them (docs/tftp.md has the figures
/// beside a socket for each transfer). A stranger that writes to such a port is answered with error 5.
final class Engine {
    let context: EngineContext
    let mailbox: EngineMailbox
    /// By the listening socket's descriptor.
    let listeners: [Int32: Listener]
    /// By a transfer port's descriptor.
    let ports: [Int32: UDPSocket]
    /// By the descriptor of a socket of their own.
    var own: [Int32: Transfer] = [:]
    let outbox = Outbox()
    var transfers: [TransferKey: Transfer] = [:]
    var requests: [RequestKey: RunningRequest] = [:]
    /// The transfer that a client has answered last.
    var answered: [Peer: Transfer] = [:]
    var unanswered: UnansweredTransfers
    var unansweredTold = 0
    var unsentTold = 0
    var pending: [UInt64: PendingRequest] = [:]
    /// Transfers whose content is being taken.
    var claims: [UInt64: Transfer] = [:]
    /// Transfers of what is given once, from ports of their own.
    var once: [Peer: Transfer] = [:]
    /// In whose name somebody guesses at those ports, and until when nothing is given once for it.
    var guessed: [Peer.Source: UInt64] = [:]
    var files = FileCache()
    var shared = SharedBody()
    var timers = Timers()
    var ended = ClosedTransfers()
    var paths = PathLimits()
    var now: UInt64 = Engine.clock()
    /// When transfers may next be looked through for some to end.
    var nextSearch: UInt64 = 0
    /// When a stranger's address may next be looked up.
    var nextLookUp: UInt64 = 0
    private let inbox = Inbox()
    private var busyPoll = BusyPoll()
    private let alarm: DeadlineTimer
    private let poller: Poller
    private var isStopping = false

    /// A transfer's identity on the wire (RFC 1350 §4): its two ports, and the client's address.
    struct TransferKey: Hashable {
        let descriptor: Int32
        let peer: Peer
    }

    /// Packets of one socket that are handled before the next socket gets its turn.
    private static let turn = 32
    /// Bytes of files that may count as this process's memory.
    private static let residencyLimit = 32 << 20
    private static let eventLimit: Int32 = 64
    /// So many transfers have sockets of their own, if they have so many blocks.
    static let directLimit = 4
    static let directBlocks = 256
    static let second = 1_000 * RoundTrip.millisecond
    /// So many requests a second that nobody answered are told of.
    static let unansweredLimit = 20
    /// And so many that were told that there is nothing: a school that boots asks for fewer.
    static let unsentLimit = 2000
    /// For how long nothing is given once after a guess: thirty at one port in thousands take half an hour.
    static let guessPause = 60 * second
    /// Longer than a plugin may work.
    static let claimPatience = 120 * second

    /// - Parameter means: what it takes of the kernel's, so that nothing can fail here.
    init(_ context: EngineContext, _ means: EngineMeans) {
        self.context = context
        mailbox = means.mailbox
        alarm = means.alarm
        poller = means.poller
        listeners = Dictionary(means.listeners.map { ($0.socket.descriptor, $0) }) { first, _ in first }
        ports = Dictionary(means.listeners.flatMap { $0.ports + $0.decoys }.map { ($0.descriptor, $0) }) { first, _ in
            first
        }
        unanswered = UnansweredTransfers(byteLimit: context.settings.memoryLimit / 4)
    }

    /// Closing it ends the watch.
    func watch(_ descriptor: Int32) -> Bool {
        poller.watch(descriptor)
    }

    /// Serves until the mailbox says stop.
    func run() {
        var events = [epoll_event](repeating: epoll_event(), count: Int(Self.eventLimit))
        var tick = now + Self.second
        while !isStopping {
            alarm.ring(at: min(timers.next ?? tick, tick), now: now)
            let count = epoll_wait(poller.descriptor, &events, Self.eventLimit, -1)
            now = Self.clock()
            for event in events.prefix(Int(max(0, count))) { handle(event.data.fd) }
            while let transfer = timers.popDue(at: now) {
                guard !transfer.isOver else { continue }
                perform(transfer.state.timePassed(at: now), of: transfer)
            }
            flush()
            if now >= tick {
                tick = now + Self.second
                files.forgetIdle(at: now)
                ended.rotate(at: now)
                paths.rotate(at: now)
                unanswered.tidy()
                (unansweredTold, unsentTold) = (0, 0)
                guessed = guessed.filter { $0.value > now }
                context.desk.giveUpOverdue(at: now)
            }
        }
        endAll()
        for message in mailbox.close() { handle(message) }
    }

    private func handle(_ descriptor: Int32) {
        if descriptor == alarm.descriptor {
            alarm.silence()
        } else if descriptor == mailbox.descriptor {
            for message in mailbox.take() { handle(message) }
            shared.forget()
        } else if let listener = listeners[descriptor] {
            drain(descriptor) { packet, peer in arrived(packet, from: peer, at: listener) }
        } else if isOpen(descriptor) {
            drain(descriptor) { packet, peer in arrived(packet, from: peer, ofTransferAt: descriptor) }
        }
    }

    /// A transfer's own socket closes with it, be it by an event before this one of the same batch: its number is then
    /// anybody's, such as a hook's connection, which must not be read here.
    private func isOpen(_ descriptor: Int32) -> Bool {
        ports[descriptor] != nil || own[descriptor] != nil || listeners[descriptor] != nil
    }

    /// Takes packets until none waits, as a client on this machine's own CPU, or one close by, has answered before
    /// epoll would be asked.
    private func drain(_ descriptor: Int32, _ body: (Inbox.Packet, Peer) -> Void) {
        var isCrowded = true
        for round in 0..<Self.turn where isOpen(descriptor) {
            var count = inbox.receive(from: descriptor, isCrowded: isCrowded)
            if count == 0, round > 0 { count = lookAgain(at: descriptor) }
            guard count > 0 else { return }
            isCrowded = count > 1
            for index in 0..<count {
                let packet = inbox[index]
                guard let peer = Peer(packet.name), peer.port != 0 else { continue }
                body(packet, peer)
            }
            flush()
            now = Self.clock()
        }
    }

    /// For the answer to what was just sent; only while nobody else is served.
    private func lookAgain(at descriptor: Int32) -> Int {
        guard transfers.count == 1, busyPoll.isWorthIt() else { return 0 }
        let end = now + BusyPoll.span
        var count = 0
        while count == 0, isOpen(descriptor), Self.clock() < end {
            count = inbox.receive(from: descriptor, isCrowded: false)
        }
        busyPoll.recordPoll(inVain: count == 0)
        return count
    }

    private func handle(_ message: EngineMessage) {
        switch message {
        case .resolved(let number, let result): resolved(number, result)
        case .dropped(let number): dropped(number)
        case .late(let number): late(number)
        case .snapshot(let continuation):
            continuation.resume(returning: transfers.values.map { $0.snapshot(at: now) })
        case .stop: isStopping = true
        }
    }

    /// Sends what was gathered, and ends transfers that can't be sent to.
    private func flush() {
        outbox.flush()
        if outbox.touched > Self.residencyLimit {
            outbox.touched = 0
            files.letGoOfPages()
        }
        for (transfer, code) in outbox.takeFailures() where !transfer.isOver && code == EFAULT {
            refuse(transfer.route, .notDefined, "the file was cut off while it was sent")
            end(transfer, .failed(.cutOff))
        }
    }

    /// Nanoseconds.
    static func clock() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
