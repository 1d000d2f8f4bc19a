import HookHost
import LinboModel

/// One running transfer. Used by its engine's thread alone.
final class Transfer {
    let number: UInt64
    let peer: Peer
    let route: Route
    /// As it came: a repeated one is told by it.
    let request: ReadRequest
    private(set) var body: Body
    private(set) var subject: TransferSubject
    let options: TransferOptions
    let started: UInt64
    var state: TransferState
    /// Windows go out as one message that the kernel cuts, until that fails.
    var canBeCut = true
    /// When the packet came that answered it first, by the kernel's clock (`Inbox.Packet.arrival`).
    var answered: UInt64?
    /// It takes a place of its client's and of all, and its memory counts.
    var isCounted: Bool
    /// The client said that it is at an end, which may be forged: over, unless an acknowledgement follows.
    var doubt: Doubt?
    /// What it sends is given once: it is taken when the client has shown that packets reach it.
    var claim: Claim
    /// What plugins do when the client has shown that.
    var proof: [ProofActions.Action]
    /// When the client's last packet came that counted.
    var lastAnswer: UInt64
    /// Its end was told; timers may still hold it for a while.
    var isOver = false
    /// When the timers look at it next; later deadlines wait for that look.
    var scheduled: UInt64 = .max
    /// Bytes of made content that it holds in memory.
    var memory: Int { body.made?.count ?? 0 }

    struct Doubt {
        let status: DeliveryStatus
        /// The client closed the file, in GRUB's words.
        let isClosed: Bool
    }

    enum Claim { case none, wanted, asked }

    init(
        _ waiting: PendingRequest, body: Body, subject: TransferSubject, options: TransferOptions,
        _ result: Resolver.Result, now: UInt64
    ) {
        number = waiting.number
        peer = waiting.peer
        route = waiting.route
        request = waiting.request
        isCounted = waiting.isCounted
        claim = result.wantsProof ? .wanted : .none
        proof = result.proof
        lastAnswer = now
        self.body = body
        self.subject = subject
        self.options = options
        started = now
        state = TransferState(options: options, size: Int64(body.count))
    }

    /// What was taken for this transfer, of the size that the client was told.
    func take(_ body: Body, _ subject: TransferSubject) {
        self.body = body
        self.subject = subject
        claim = .none
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
