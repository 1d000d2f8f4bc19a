import Glibc
import HookHost
import LinboModel
import Synchronization

/// What a client's address and port is busy with.
enum RunningRequest {
    case pending(PendingRequest)
    case transfer(Transfer)
}

/// A request whose content is being made.
final class PendingRequest {
    let number: UInt64
    let peer: Peer
    let request: ReadRequest
    let route: Route
    let asked: Int64
    let shownPath: String
    let isAbandoned: Flag

    init(_ number: UInt64, _ peer: Peer, _ request: ReadRequest, _ route: Route, asked: Int64, shownPath: String) {
        self.number = number
        self.peer = peer
        self.request = request
        self.route = route
        self.asked = asked
        self.shownPath = shownPath
        isAbandoned = Flag()
    }
}

/// Tells a plugin on another thread that nobody waits any more.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

extension Engine {
    /// A packet to a listening port.
    func arrived(_ packet: Inbox.Packet, from peer: Peer, at listener: Listener) {
        switch ClientPacket(packet.bytes) {
        case .request: break
        case .malformed: return context.counters.malformed.count()
        default:
            // With one port for all these are a transfer's.
            if let transfer = transfers[TransferKey(descriptor: listener.socket.descriptor, peer: peer)] {
                arrived(packet, for: transfer)
            }
            return
        }
        context.counters.requests.count()
        let route = Route(transferSocket(of: listener, for: peer), to: packet)
        do throws(RequestError) {
            asked(try ReadRequest(packet.bytes), by: peer, at: packet.arrival, route)
        } catch {
            context.counters.malformed.count()
            switch error {
            case .writeRequest: refuse(route, .accessViolation, "this server is read only")
            case .malformed(let reason): refuse(route, .illegalOperation, reason)
            }
        }
    }

    /// The port to answer from: any of ours, but none on which late packets of the same client's last transfer come.
    private func transferSocket(of listener: Listener, for peer: Peer) -> UDPSocket {
        let candidates = listener.ports
        for offset in candidates.indices {
            let candidate = candidates[(portChoice + offset) % candidates.count]
            let key = TransferKey(descriptor: candidate.descriptor, peer: peer)
            if transfers[key] == nil, !ended.contains(key) { return candidate }
        }
        return candidates.isEmpty ? listener.socket : candidates[portChoice % candidates.count]
    }

    /// - Parameter arrival: by the kernel's clock.
    private func asked(_ request: ReadRequest, by peer: Peer, at arrival: UInt64, _ route: Route) {
        switch requests[peer] {
        case .pending(let pending) where pending.request == request: return
        case .pending(let pending): abandon(pending)
        // The answer is on its way, or the timer brings it again. busybox gives up at an OACK that comes twice.
        case .transfer(let transfer) where transfer.isRepeated(by: request, arrival: arrival): return
        case .transfer(let transfer): end(transfer, .failed("the client asked anew"))
        case nil where ended.isRepetition(request, of: peer, arrival: arrival): return
        case nil: break
        }
        switch admit(peer) {
        case .admitted: resolve(request, by: peer, route)
        // Firmware asks again; an error would end its boot.
        case .tooFast, .full: context.counters.held.count()
        case .tooMany:
            context.counters.held.count()
            refuse(route, .notDefined, "too many transfers of this client")
        }
    }

    private func admit(_ peer: Peer) -> ClientLedger.Verdict {
        let isKnown = { self.context.resolver.host(at: peer.address) != nil }
        let verdict = context.ledger.admit(peer, at: now, isKnown: isKnown)
        guard verdict == .full, endUnanswered() else { return verdict }
        return context.ledger.admit(peer, at: now, isKnown: isKnown)
    }

    private func resolve(_ request: ReadRequest, by peer: Peer, _ route: Route) {
        let number = context.counters.nextNumber()
        let shown = ShownText.printable(request.name)
        let waiting = PendingRequest(
            number, peer, request, route, asked: UnixTime.nowMilliseconds(), shownPath: shown)
        let path: TreePath
        do throws(PathError) {
            path = try context.settings.names.path(request.name)
        } catch {
            return refused(waiting, "\(error)", host: context.resolver.host(at: peer.address))
        }
        guard !NameRules.asksForFolder(request.name) else {
            return refused(waiting, "a name that ends with a slash", host: context.resolver.host(at: peer.address))
        }
        if request.mode == .octet, let result = context.resolver.resolvePlain(path, for: peer.address) {
            return begin(waiting, result)
        }
        requests[peer] = .pending(waiting)
        pending[number] = waiting
        let (context, mailbox, flag, mode, address) = (
            context, mailbox, waiting.isAbandoned, request.mode, peer.address
        )
        Task {
            let result = await context.resolver.resolve(
                path, for: address, mode: mode, connection: context.connection(number)
            ) { flag.isSet }
            mailbox.post(.resolved(number, result))
        }
    }

    /// The content is there, unless nobody waits for it any more.
    func resolved(_ number: UInt64, _ result: Resolver.Result) {
        guard let waiting = pending.removeValue(forKey: number) else { return }
        guard !waiting.isAbandoned.isSet else {
            let subject = subject(of: waiting, result)
            return context.reporter.report(.unsent(subject, .transfer(.untouched)))
        }
        requests[waiting.peer] = nil
        begin(waiting, result)
    }

    /// The client has asked for something else from the same port; what was made for it is given back.
    private func abandon(_ waiting: PendingRequest) {
        waiting.isAbandoned.set()
        requests[waiting.peer] = nil
        context.ledger.ended(waiting.peer, blocks: 0, retransmissions: 0, hasFailed: true, memory: 0)
    }
}
