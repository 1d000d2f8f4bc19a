import HookHost
import LinboModel

/// What is given once. A request may be forged, so it is only looked up for it; it is taken when the client has
/// acknowledged the options, which were sent to its address alone, from a port that only it has seen.
extension Engine {
    /// The client is there.
    func take(_ transfer: Transfer, at arrival: UInt64) {
        guard isAnswered(transfer, at: arrival) else { return }
        transfer.claim = .asked
        claims[transfer.number] = transfer
        // The desk answers within its patience, or says that it will not.
        transfer.state.rest(until: now + Self.claimPatience)
        let path = transfer.subject.path
        let verdict = path.map { path in
            let key = ResolveDesk.Key(
                source: transfer.peer.source, path: path, mode: transfer.request.mode, claim: transfer.number)
            return context.desk.ask(
                question(key, transfer.peer, transfer.number, isKnown: true, isProven: true),
                ResolveDesk.Waiter(mailbox: mailbox, number: transfer.number))
        }
        guard verdict != .waits else { return }
        claims[transfer.number] = nil
        transfer.claim = .none
        refuse(transfer.route, .notDefined, "this file can't be made at present")
        end(transfer, .untouched)
    }

    /// It was taken, unless it is gone.
    func claimed(_ result: Resolver.Result, for transfer: Transfer) {
        let subject = subject(of: transfer, result)
        guard !transfer.isOver, case .bytes(let bytes) = result.content, bytes.count == transfer.body.count else {
            // What was taken for nobody goes back.
            if result.delivery?.claim != nil {
                context.reporter.report(.unsent(subject, .transfer(.untouched)))
            }
            guard !transfer.isOver else { return }
            transfer.claim = .none
            refuse(transfer.route, .fileNotFound, "file not found")
            return end(transfer, .untouched)
        }
        transfer.take(Body(bytes), subject)
        perform(transfer.state.received(acknowledgement: 0, at: now), of: transfer)
    }

    /// A packet in the client's name to a port that is not its transfer's: somebody tries one after the other, to
    /// acknowledge what the client has not got. Most ports that a guess can hit are not the right one.
    func guessed(at transfer: Transfer) {
        guessed[transfer.peer.source] = now + Self.guessPause
        context.reporter.failed(
            "somebody guesses at ports in the name of \(transfer.subject.label): for a minute it is given nothing once")
        let wasSent = transfer.state.highest > 0
        end(transfer, wasSent ? .uncertain(.guessed) : .untouched)
    }

    private func subject(of transfer: Transfer, _ result: Resolver.Result) -> TransferSubject {
        let old = transfer.subject
        return TransferSubject(
            asked: old.asked, address: old.address, host: result.host, shownPath: old.shownPath, path: result.path,
            delivery: result.delivery, connection: old.connection)
    }
}
