import HookHost

extension Engine {
    /// A packet to a port of transfers.
    func arrived(_ packet: Inbox.Packet, from peer: Peer, ofTransferAt descriptor: Int32) {
        let key = TransferKey(descriptor: descriptor, peer: peer)
        guard let transfer = transfers[key] else { return stray(packet, key) }
        arrived(packet, for: transfer)
    }

    func arrived(_ packet: Inbox.Packet, for transfer: Transfer) {
        switch ClientPacket(packet.bytes) {
        case .acknowledgement(let number):
            let action = transfer.state.received(acknowledgement: number, at: now)
            if transfer.answered == nil, transfer.state.hasAnswered { transfer.answered = packet.arrival }
            perform(action, of: transfer)
        case .error(let code, let text):
            transfer.answered = transfer.answered ?? packet.arrival
            let reason = "the client ended it: error \(code)\(text.isEmpty ? "" : " (\(text))")"
            end(
                transfer, transfer.state.highest == 0 ? .untouched : .failed(reason),
                isClosed: code == TFTPErrorCode.notDefined.rawValue && text == "closed")
        case .request, .unexpected, .malformed: context.counters.malformed.count()
        }
    }

    func perform(_ action: TransferState.Action, of transfer: Transfer) {
        switch action {
        case .nothing: break
        case .sendOptions: outbox.add(ServerPacket.optionAcknowledgement(transfer.options.agreed), by: transfer.route)
        case .send(let first, let count):
            // What was written to in place is neither the old file nor the new one; a client must not start it.
            guard first + count - 1 < transfer.state.lastBlock || transfer.body.isWhole else {
                refuse(transfer.route, .notDefined, "the file changed while it was sent")
                return end(transfer, .failed("the file changed while it was sent"))
            }
            outbox.add(transfer, first: first, count: count)
        case .finish: return end(transfer, .delivered)
        case .giveUp: return end(transfer, transfer.unansweredStatus)
        }
        timers.schedule(transfer)
    }

    /// - Parameter isClosed: whether the client says so itself, in GRUB's words.
    func end(_ transfer: Transfer, _ status: DeliveryStatus, isClosed: Bool = false) {
        guard !transfer.isOver else { return }
        transfer.isOver = true
        transfers[key(of: transfer, descriptor: transfer.route.direct?.descriptor)] = nil
        if transfer.route.direct != nil {
            // What was gathered for it goes out while the descriptor is still its own.
            outbox.flush()
            transfer.route.closeDirect()
        }
        if case .transfer(let current) = requests[transfer.peer], current === transfer { requests[transfer.peer] = nil }
        // What comes late comes to the shared port.
        ended.insert(transfer, key(of: transfer, descriptor: nil))
        var report = transfer.report(status, at: now)
        report.isClosed = isClosed
        context.ledger.ended(
            transfer.peer, blocks: report.blocks, retransmissions: report.retransmissions, hasFailed: report.hasFailed,
            memory: transfer.memory)
        context.reporter.report(report)
    }

    /// At the limit of all transfers, those that nobody has answered for a second make room: their addresses may be
    /// forged, and a client that is there asks again.
    /// - Returns: whether there is room now.
    func endUnanswered() -> Bool {
        guard now >= nextSearch else { return false }
        nextSearch = now + Self.second / 10
        let silent = transfers.values.filter { !$0.state.hasAnswered && now >= $0.started + Self.second }
        for transfer in silent { end(transfer, transfer.unansweredStatus) }
        return !silent.isEmpty
    }

    /// The server ends. Clients are told nothing: they ask again, and the next one serves them.
    func endAll() {
        for transfer in transfers.values {
            end(transfer, transfer.state.hasSentAll ? transfer.unansweredStatus : .failed("the server ended"))
        }
        for request in pending.values { request.isAbandoned.set() }
    }

    func refuse(_ route: Route, _ code: TFTPErrorCode, _ text: String) {
        outbox.add(ServerPacket.error(code, text), by: route)
    }

    /// RFC 1350 §4: a packet from elsewhere gets error 5 and disturbs nothing. Errors are never answered, nor are late
    /// packets of a transfer that has just ended.
    private func stray(_ packet: Inbox.Packet, _ key: TransferKey) {
        context.counters.strays.count()
        guard ended.mayAnswerStray(key),
            let socket = ports[key.descriptor]
        else { return }
        switch ClientPacket(packet.bytes) {
        case .acknowledgement, .unexpected:
            refuse(Route(socket, to: packet), .unknownTransferID, "unknown transfer ID")
        default: break
        }
    }
}

extension Transfer {
    /// The client's silence after all was sent: it may have everything.
    var unansweredStatus: DeliveryStatus {
        state.hasSentAll && state.hasAnswered
            ? .uncertain("the last block was never acknowledged")
            : .failed("no answer at block \(state.acknowledged) of \(state.lastBlock)")
    }
}
