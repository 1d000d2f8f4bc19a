import HookHost
import LinboModel

/// One running transfer. Used by its engine's thread alone.
final class Transfer {
    let number: UInt64
    let peer: Peer
    let route: Route
    /// As it came: a repeated one is told by it.
    let request: ReadRequest
    let body: Body
    let subject: TransferSubject
    let options: TransferOptions
    let started: UInt64
    var state: TransferState
    /// Windows go out as one message that the kernel cuts, until that fails.
    var canBeCut = true
    /// When the packet came that answered it first, by the kernel's clock (`Inbox.Packet.arrival`).
    var answered: UInt64?
    /// Its end was told; timers may still hold it for a while.
    var isOver = false
    /// When the timers look at it next; later deadlines wait for that look.
    var scheduled: UInt64 = .max
    /// Bytes of made content that it holds in memory.
    var memory: Int { body.made?.count ?? 0 }

    init(
        number: UInt64, peer: Peer, route: Route, request: ReadRequest, body: Body, subject: TransferSubject,
        options: TransferOptions, now: UInt64
    ) {
        self.number = number
        self.peer = peer
        self.route = route
        self.request = request
        self.body = body
        self.subject = subject
        self.options = options
        started = now
        state = TransferState(options: options, size: Int64(body.count))
    }

    /// Acknowledged by the client.
    var bytes: Int64 { Int64(min(body.count, state.acknowledged * state.blockSize)) }

    /// Whether a request of the same client's is this one, once more.
    func isRepeated(by other: ReadRequest, arrival: UInt64) -> Bool {
        guard let answered else { return other == request }
        return AnsweredRequest(request: request, answered: answered).isRepeated(by: other, arrival: arrival)
    }

    func report(_ status: DeliveryStatus, at now: UInt64) -> TransferReport {
        TransferReport(
            subject: subject, ending: .transfer(status), options: options, bytes: bytes, blocks: state.acknowledged,
            retransmissions: state.retransmissions, seconds: Double(now - started) / 1e9)
    }

    func snapshot(at now: UInt64) -> TransferSnapshot {
        TransferSnapshot(
            host: subject.host?.description, address: subject.address.description, path: subject.shownPath,
            size: Int64(body.count), sent: bytes, seconds: Double(now - started) / 1e9,
            retransmissions: state.retransmissions, options: options.description)
    }
}
