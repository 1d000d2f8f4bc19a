/// Transfers of the last seconds, whose late packets are no strangers'.
struct ClosedTransfers {
    private struct Generation {
        var keys: Set<Engine.TransferKey> = []
        var requests: [Peer: AnsweredRequest] = [:]
    }

    private var recent = Generation()
    private var older = Generation()
    private var rotated: UInt64 = 0
    private var strays = 0

    private static let span = 2_000 * RoundTrip.millisecond
    /// More than this is kept for nobody.
    private static let limit = 65_536
    /// Answers to strangers between two rotations.
    private static let strayLimit = 200

    /// - Parameter key: by the shared port.
    mutating func insert(_ transfer: Transfer, _ key: Engine.TransferKey) {
        guard recent.keys.count < Self.limit else { return }
        recent.keys.insert(key)
        if let time = transfer.answered {
            recent.requests[transfer.peer] = AnsweredRequest(request: transfer.request, answered: time)
        }
    }

    func contains(_ key: Engine.TransferKey) -> Bool {
        recent.keys.contains(key) || older.keys.contains(key)
    }

    /// Whether this is a request of a transfer that is over, once more.
    func isRepetition(_ request: ReadRequest, of peer: Peer, arrival: UInt64) -> Bool {
        guard let last = recent.requests[peer] ?? older.requests[peer] else { return false }
        return last.isRepeated(by: request, arrival: arrival)
    }

    mutating func mayAnswerStray(_ key: Engine.TransferKey) -> Bool {
        guard strays < Self.strayLimit, !contains(key) else { return false }
        strays += 1
        return true
    }

    mutating func rotate(at now: UInt64) {
        guard now - rotated >= Self.span else { return }
        rotated = now
        older = recent
        recent = Generation()
        strays = 0
    }
}

/// A request, and when its client answered the first packet of the transfer. A repeated one that came before that means
/// the same transfer, though the acknowledgement was read first: it came to another port.
struct AnsweredRequest {
    let request: ReadRequest
    /// By the kernel's clock (`Inbox.Packet.arrival`).
    let answered: UInt64

    func isRepeated(by other: ReadRequest, arrival: UInt64) -> Bool {
        arrival < answered && other == request
    }
}
