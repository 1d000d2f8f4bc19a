import Glibc
import HookHost
import LinboModel
import LinuxKit
import Synchronization

/// A request is told from others of the same client by all that stands in it.
struct RequestKey: Hashable {
    let peer: Peer
    let request: ReadRequest
}

/// What a request has come to.
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
    /// It takes a place of its client's already.
    let isCounted: Bool
    var isAbandoned = false

    init(
        _ number: UInt64, _ peer: Peer, _ request: ReadRequest, _ route: Route, asked: Int64, shownPath: String,
        isCounted: Bool
    ) {
        self.number = number
        self.peer = peer
        self.request = request
        self.route = route
        self.asked = asked
        self.shownPath = shownPath
        self.isCounted = isCounted
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

    /// The port to answer from: any of ours, drawn for each transfer so that nobody can know it, but none on which late
    /// packets of the same client's last transfer come.
    private func transferSocket(of listener: Listener, for peer: Peer) -> UDPSocket {
        let candidates = listener.ports
        guard !candidates.isEmpty else { return listener.socket }
        let choice = Int.random(in: candidates.indices)
        for offset in candidates.indices {
            let candidate = candidates[(choice + offset) % candidates.count]
            let key = TransferKey(descriptor: candidate.descriptor, peer: peer)
            if transfers[key] == nil, !ended.contains(key) { return candidate }
        }
        return candidates[choice]
    }

    /// - Parameter arrival: by the kernel's clock.
    private func asked(_ request: ReadRequest, by peer: Peer, at arrival: UInt64, _ route: Route) {
        switch requests[RequestKey(peer: peer, request: request)] {
        case .pending: return
        // The answer is on its way, or the timer brings it again. busybox gives up at an OACK that comes twice.
        case .transfer(let transfer) where transfer.doubt == nil && transfer.isRepeated(by: request, arrival: arrival):
            return
        // It begins beside what runs, which ends when the client has answered: its name may be forged.
        case .transfer: break
        case nil where ended.isRepetition(request, of: peer, arrival: arrival): return
        case nil: break
        }
        if context.settings.isSinglePort, let running = answered[peer], now < running.lastAnswer + Self.second {
            // There is no place beside it. A client that has begun anew asks again.
            return context.counters.throttled.count()
        }
        let isKnown = isKnown(peer)
        switch admit(peer, isKnown: isKnown) {
        case .admitted: resolve(request, by: peer, route, isKnown: isKnown)
        // Firmware asks again; an error would end its boot.
        case .tooFast, .full: context.counters.throttled.count()
        case .tooMany:
            context.counters.throttled.count()
            refuse(route, .notDefined, "too many transfers of this client")
        }
    }

    private func isKnown(_ peer: Peer) -> Bool {
        let (resolver, address) = (context.resolver, peer.address)
        if resolver.knows(address) { return true }
        if now >= nextLookUp {
            nextLookUp = now + Self.second / 10
            context.desk.inBackground { resolver.lookUp(address) }
        }
        return false
    }

    private func admit(_ peer: Peer, isKnown: Bool) -> AdmissionControl.Verdict {
        let verdict = context.admission.admit(peer, at: now, isKnown: isKnown)
        guard verdict == .full, endUnanswered() else { return verdict }
        return context.admission.admit(peer, at: now, isKnown: isKnown)
    }

    private func resolve(_ request: ReadRequest, by peer: Peer, _ route: Route, isKnown: Bool) {
        let named = Result { () throws(PathError) in try context.settings.names.path(request.name) }
        let shown = (try? named.get())?.description ?? ShownText.printable(request.name)
        let waiting = PendingRequest(
            context.counters.nextNumber(), peer, request, route, asked: UnixTime.nowMilliseconds(), shownPath: shown,
            isCounted: !isKnown)
        let path: TreePath
        do throws(PathError) {
            path = try named.get()
        } catch {
            return refused(waiting, "\(error)", host: context.resolver.host(at: peer.address))
        }
        guard !NameRules.asksForDirectory(request.name) else {
            return refused(waiting, "a name that ends with a slash", host: context.resolver.host(at: peer.address))
        }
        let isServedAtOnce =
            request.mode == .octet && (!context.settings.needsMAC || context.resolver.lastMAC(of: peer.address) != nil)
        if isServedAtOnce, let result = context.resolver.resolvePlain(path, for: peer.address) {
            return begin(waiting, result)
        }
        ask(waiting, path, isKnown: isKnown)
    }

    private func ask(_ waiting: PendingRequest, _ path: TreePath, isKnown: Bool) {
        let number = waiting.number
        let key = ResolveDesk.Key(source: waiting.peer.source, path: path, mode: waiting.request.mode)
        if isKnown, let result = context.desk.recent(key, at: now) { return begin(waiting, result) }
        requests[RequestKey(peer: waiting.peer, request: waiting.request)] = .pending(waiting)
        pending[number] = waiting
        let question = question(key, waiting.peer, number, isKnown: isKnown, isProven: false)
        switch context.desk.ask(question, ResolveDesk.Waiter(mailbox: mailbox, number: number)) {
        case .waits: return
        case .full: context.counters.throttled.count()
        case .stuck: refuse(waiting.route, .notDefined, "this file can't be made at present")
        }
        forget(waiting)
        pending[number] = nil
    }

    func question(
        _ key: ResolveDesk.Key, _ peer: Peer, _ number: UInt64, isKnown: Bool, isProven: Bool
    ) -> ResolveDesk.Question {
        let (resolver, address, connection) = (context.resolver, peer.address, context.connection(number))
        return ResolveDesk.Question(key: key, isKnown: isKnown) { flag in
            await resolver.resolve(
                key.path, for: address, mode: key.mode, connection: connection, isProven: isProven
            ) { flag.isSet }
        }
    }

    /// The content is there, unless nobody waits for it any more.
    func resolved(_ number: UInt64, _ result: Resolver.Result) {
        if let transfer = claims.removeValue(forKey: number) { return claimed(result, for: transfer) }
        guard let waiting = pending.removeValue(forKey: number) else { return }
        guard !waiting.isAbandoned else {
            return context.reporter.report(.unsent(subject(of: waiting, result), .transfer(.untouched)))
        }
        forgetRequest(waiting)
        begin(waiting, result)
    }

    /// It gave way to newer ones; a client asks again.
    func dropped(_ number: UInt64) {
        guard let waiting = pending.removeValue(forKey: number) else { return }
        context.counters.throttled.count()
        if !waiting.isAbandoned { forget(waiting) }
    }

    /// It is made for too long. Whoever asks again is answered; what comes of this one is given back.
    func late(_ number: UInt64) {
        if let transfer = claims[number] {
            refuse(transfer.route, .notDefined, "this file can't be made at present")
            return end(transfer, .untouched)
        }
        guard let waiting = pending[number], !waiting.isAbandoned else { return }
        waiting.isAbandoned = true
        context.reporter.failed("\(waiting.shownPath) for \(waiting.peer.address): no plugin has answered in time")
        forget(waiting)
    }

    private func forget(_ waiting: PendingRequest) {
        forgetRequest(waiting)
        context.admission.ended(
            waiting.peer, counts: waiting.isCounted, blocks: 0, retransmissions: 0, hasFailed: true, memory: 0)
    }

    private func forgetRequest(_ waiting: PendingRequest) {
        let key = RequestKey(peer: waiting.peer, request: waiting.request)
        if case .pending(let current) = requests[key], current === waiting { requests[key] = nil }
    }
}
