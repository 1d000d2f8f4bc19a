import HookHost
import LinboModel

extension Engine {
    /// A packet to a port of transfers.
    func arrived(_ packet: Inbox.Packet, from peer: Peer, ofTransferAt descriptor: Int32) {
        let key = TransferKey(descriptor: descriptor, peer: peer)
        guard let transfer = transfers[key] else { return stray(packet, key) }
        arrived(packet, for: transfer)
    }

    func arrived(_ packet: Inbox.Packet, for transfer: Transfer) {
        switch ClientPacket(packet.bytes) {
        case .acknowledgement(let number): acknowledged(number, transfer, at: packet.arrival)
        case .error(let code, let text):
            transfer.answered = transfer.answered ?? packet.arrival
            refused(
                transfer,
                Transfer.Doubt(
                    status: transfer.state.highest == 0 ? .untouched : .failed(.client(code: Int(code), text: text)),
                    isClosed: code == TFTPErrorCode.notDefined.rawValue && text == "closed"))
        case .request, .unexpected, .malformed: context.counters.malformed.count()
        }
    }

    private func acknowledged(_ number: UInt16, _ transfer: Transfer, at arrival: UInt64) {
        guard transfer.claim != .asked else { return }
        if transfer.claim == .wanted {
            guard number == 0 else { return }
            return take(transfer, at: arrival)
        }
        let wasAnswered = transfer.state.hasAnswered
        let action = transfer.state.received(acknowledgement: number, at: now)
        if transfer.state.hasAnswered, action != .nothing || !wasAnswered { transfer.lastAnswer = now }
        goesOn(transfer)
        if !wasAnswered, transfer.state.hasAnswered, !isAnswered(transfer, at: arrival) { return }
        perform(action, of: transfer)
    }

    /// The first answer: from here on a transfer counts, and ends what its client was busy with before.
    /// - Returns: whether it goes on.
    func isAnswered(_ transfer: Transfer, at arrival: UInt64) -> Bool {
        transfer.answered = transfer.answered ?? arrival
        transfer.lastAnswer = now
        unanswered.remove(transfer)
        if let old = answered[transfer.peer], old !== transfer { end(old, .failed(.askedAnew)) }
        answered[transfer.peer] = transfer
        if !transfer.proof.isEmpty {
            context.desk.prove(transfer.proof)
            transfer.proof = []
        }
        guard !transfer.isCounted else { return true }
        transfer.isCounted = true
        guard context.admission.answered(transfer.peer, memory: transfer.memory, at: now) else { return true }
        context.counters.throttled.count()
        refuse(transfer.route, .notDefined, "too many transfers of this client")
        end(transfer, .failed(.tooMany))
        return false
    }

    /// An error of the client's ends its transfer, at once if nobody else can have written it.
    private func refused(_ transfer: Transfer, _ doubt: Transfer.Doubt) {
        guard transfer.route.own == nil, transfer.claim == .none else {
            return end(transfer, doubt.status, isClosed: doubt.isClosed)
        }
        guard transfer.doubt == nil else { return }
        transfer.doubt = doubt
        if transfer.isCounted { context.admission.pauses(transfer.peer, true) }
        transfer.state.doubted(at: now)
        timers.schedule(transfer)
    }

    /// The error was another's.
    private func goesOn(_ transfer: Transfer) {
        guard transfer.doubt != nil else { return }
        transfer.doubt = nil
        if transfer.isCounted { context.admission.pauses(transfer.peer, false) }
    }

    func perform(_ action: TransferState.Action, of transfer: Transfer) {
        switch action {
        case .nothing: break
        case .sendOptions: outbox.add(ServerPacket.optionAcknowledgement(transfer.options.agreed), by: transfer.route)
        case .send(let first, let count):
            // What was written to in place is neither the old file nor the new one; a client must not start it.
            guard first + count - 1 < transfer.state.lastBlock || transfer.body.isWhole else {
                refuse(transfer.route, .notDefined, "the file changed while it was sent")
                return end(transfer, .failed(.changed))
            }
            outbox.add(transfer, first: first, count: count)
        case .finish: return end(transfer, .delivered)
        case .giveUp:
            return end(
                transfer, transfer.doubt?.status ?? transfer.unansweredStatus,
                isClosed: transfer.doubt?.isClosed ?? false)
        }
        timers.schedule(transfer)
    }

    /// - Parameter isClosed: whether the client says so itself, in GRUB's words.
    func end(_ transfer: Transfer, _ status: DeliveryStatus, isClosed: Bool = false) {
        guard !transfer.isOver else { return }
        let isTold = isTold(transfer)
        remove(transfer)
        var report = transfer.report(status, at: now)
        report.isClosed = isClosed
        context.admission.ended(
            transfer.peer, counts: transfer.isCounted && transfer.doubt == nil, blocks: report.blocks,
            retransmissions: report.retransmissions, hasFailed: report.hasFailed && isTold,
            memory: transfer.isCounted ? transfer.memory : 0)
        if isTold { context.reporter.report(report) } else { context.counters.unanswered.count() }
    }

    /// Of requests that nobody answered so many a second are told of one by one; more are a flood, and are counted.
    private func isTold(_ transfer: Transfer) -> Bool {
        guard !transfer.state.hasAnswered, transfer.doubt == nil, transfer.subject.delivery?.claim == nil else {
            return true
        }
        unansweredTold += 1
        return unansweredTold <= Self.unansweredLimit
    }

    /// Nobody has answered it, and newer ones need its place.
    func giveWay(_ transfer: Transfer) {
        guard !transfer.isOver else { return }
        guard transfer.subject.delivery?.claim == nil else { return end(transfer, .untouched) }
        remove(transfer)
        context.counters.unanswered.count()
    }

    private func remove(_ transfer: Transfer) {
        transfer.isOver = true
        let key = key(of: transfer, descriptor: transfer.route.direct?.descriptor)
        if transfers[key] === transfer { transfers[key] = nil }
        unanswered.remove(transfer)
        claims[transfer.number] = transfer.claim == .asked ? transfer : nil
        if answered[transfer.peer] === transfer { answered[transfer.peer] = nil }
        if once[transfer.peer] === transfer { once[transfer.peer] = nil }
        let request = RequestKey(peer: transfer.peer, request: transfer.request)
        if case .transfer(let current) = requests[request], current === transfer { requests[request] = nil }
        if let descriptor = transfer.route.own?.descriptor ?? transfer.route.direct?.descriptor {
            // What was gathered for it goes out while the descriptor is still its own.
            outbox.flush()
            own[descriptor] = nil
            transfer.route.closeDirect()
            transfer.route.leaveOwnPort()
        }
        // What comes late comes to the shared port. A port of its own closes with the transfer.
        ended.insert(transfer, self.key(of: transfer, descriptor: nil))
    }

    /// At the limit of all transfers, those of strangers that nobody has answered for a second make room: their
    /// addresses may be forged, and a client that is there asks again.
    /// - Returns: whether there is room now.
    func endUnanswered() -> Bool {
        guard now >= nextSearch else { return false }
        nextSearch = now + Self.second / 10
        let silent = transfers.values.filter {
            $0.isCounted && !$0.state.hasAnswered && now >= $0.started + Self.second
        }
        for transfer in silent { end(transfer, transfer.unansweredStatus) }
        return !silent.isEmpty
    }

    /// The server ends. Clients are told nothing: they ask again, and the next one serves them.
    func endAll() {
        for transfer in transfers.values {
            end(transfer, transfer.state.hasSentAll ? transfer.unansweredStatus : .failed(.serverEnded))
        }
        for request in pending.values { request.isAbandoned = true }
    }

    func refuse(_ route: Route, _ code: TFTPErrorCode, _ text: String) {
        outbox.add(ServerPacket.error(code, text), by: route)
    }

    /// RFC 1350 §4: a packet from elsewhere gets error 5 and disturbs nothing. Errors are never answered, nor are late
    /// packets of a transfer that has just ended.
    private func stray(_ packet: Inbox.Packet, _ key: TransferKey) {
        context.counters.strays.count()
        if let transfer = once[key.peer], !ended.contains(key) { guessed(at: transfer) }
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
            ? .uncertain(.notAcknowledged)
            : .failed(.silent(block: state.acknowledged, of: state.lastBlock))
    }
}
