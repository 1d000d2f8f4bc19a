import Glibc
import HookHost
import LinboModel
import LinuxKit

extension Engine {
    /// Begins the transfer of what a request was resolved to, or tells the client that there is none.
    func begin(_ waiting: PendingRequest, _ result: Resolver.Result) {
        let body: Body
        switch result.content {
        case .file(let file):
            do throws(SystemError) {
                body = try files.body(of: file, at: now)
            } catch {
                context.reporter.failed("\(error)")
                return missed(waiting, result)
            }
        case .bytes(let bytes): body = shared.body(of: bytes)
        case .nothing: return missed(waiting, result)
        case .directory: return refusedDirectory(waiting, result)
        case .refused(let reason): return refused(waiting, reason, host: result.host)
        }
        let options = TransferOptions(
            waiting.request, size: Int64(body.count), limits: limits(for: waiting, route: waiting.route))
        // Its answer to the options is what proves that a client is there.
        guard !result.wantsProof || !options.agreed.isEmpty else {
            return refused(waiting, "this file is given once: ask with an option, such as tsize", host: result.host)
        }
        guard !result.wantsProof || guessed[waiting.peer.source] ?? 0 <= now else {
            return refused(waiting, "somebody guesses at ports in this PC's name", host: result.host)
        }
        begin(
            Transfer(
                waiting, body: body, subject: subject(of: waiting, result), options: options, result, now: now))
    }

    private func begin(_ transfer: Transfer) {
        if transfer.claim == .wanted { moveToOwnPort(transfer) }
        let key = key(of: transfer, descriptor: directDescriptor(for: transfer))
        // With one port for all, or if a client has one on each.
        if let old = transfers[key] { end(old, .failed(.askedAnew)) }
        transfers[key] = transfer
        requests[RequestKey(peer: transfer.peer, request: transfer.request)] = .transfer(transfer)
        if transfer.isCounted {
            context.admission.holds(transfer.memory)
        } else {
            unanswered.insert(transfer)
            while let oldest = unanswered.takeExcess(for: transfer.peer.source) { giveWay(oldest) }
        }
        perform(transfer.state.start(at: now), of: transfer)
    }

    /// What is given once leaves from a port that is drawn for it: whoever only guesses can't acknowledge it.
    private func moveToOwnPort(_ transfer: Transfer) {
        guard !context.settings.isSinglePort,
            let descriptor = transfer.route.moveToOwnPort(in: context.settings.ports)
        else { return }
        guard watch(descriptor) else { return transfer.route.leaveOwnPort() }
        own[descriptor] = transfer
        once[transfer.peer] = transfer
    }

    /// A socket of its own for a long transfer, while few run.
    private func directDescriptor(for transfer: Transfer) -> Int32? {
        guard transfers.count < Self.directLimit, transfer.state.lastBlock >= Self.directBlocks,
            ports[transfer.route.socket.descriptor] != nil, let descriptor = transfer.route.makeDirect()
        else { return nil }
        guard watch(descriptor) else {
            transfer.route.closeDirect()
            return nil
        }
        own[descriptor] = transfer
        return descriptor
    }

    func key(of transfer: Transfer, descriptor: Int32?) -> TransferKey {
        TransferKey(descriptor: descriptor ?? transfer.route.socket.descriptor, peer: transfer.peer)
    }

    /// What this client may agree on.
    private func limits(for waiting: PendingRequest, route: Route) -> OptionLimits {
        let settings = context.settings
        var limits = settings.limits
        guard !waiting.request.options.isEmpty else { return limits }
        if settings.isMTUSafe, let payload = paths.payload(by: route, to: waiting.peer) {
            // The DATA header has four bytes.
            limits.blockSize = max(OptionLimits.defaultBlock, min(limits.blockSize, payload - 4))
        }
        guard !settings.quirks.isEmpty else { return limits }
        limits.apply(
            settings.quirks, to: waiting.request,
            mac: settings.needsMAC ? context.resolver.lastMAC(of: waiting.peer.address) : nil)
        return limits
    }

    private func missed(_ waiting: PendingRequest, _ result: Resolver.Result) {
        context.counters.misses.count()
        refuse(waiting.route, .fileNotFound, "file not found")
        release(waiting, result, .notThere)
    }

    /// No line in the log at notice: firmware asks for odd things, and learns nothing from it.
    private func refusedDirectory(_ waiting: PendingRequest, _ result: Resolver.Result) {
        context.counters.misses.count()
        refuse(waiting.route, .accessViolation, "a directory: TFTP sends files only")
        release(waiting, result, .notThere)
    }

    func refused(_ waiting: PendingRequest, _ reason: String, host: HostName?) {
        refuse(waiting.route, .accessViolation, reason)
        release(waiting, Resolver.Result(refusing: reason, host: host), .refused(reason))
    }

    private func release(_ waiting: PendingRequest, _ result: Resolver.Result, _ ending: TransferReport.Ending) {
        context.admission.ended(
            waiting.peer, counts: waiting.isCounted, blocks: 0, retransmissions: 0, hasFailed: ending != .notThere,
            memory: 0)
        unsentTold += 1
        guard unsentTold <= Self.unsentLimit else { return }
        context.reporter.report(.unsent(subject(of: waiting, result), ending))
    }

    func subject(of waiting: PendingRequest, _ result: Resolver.Result) -> TransferSubject {
        TransferSubject(
            asked: waiting.asked, address: waiting.peer.address, host: result.host,
            shownPath: waiting.shownPath, path: result.path, delivery: result.delivery,
            connection: context.connection(waiting.number))
    }
}

/// Made content that was begun with last: clients that waited for the same answer share it.
struct SharedBody {
    private weak var last: Body?
    private var bytes: [UInt8] = []

    mutating func body(of bytes: [UInt8]) -> Body {
        if let last, Self.isSame(bytes, self.bytes) { return last }
        let body = Body(bytes)
        (last, self.bytes) = (body, bytes)
        return body
    }

    mutating func forget() {
        (last, bytes) = (nil, [])
    }

    /// The same array, not only an equal one.
    private static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && !one.isEmpty
            && one.withUnsafeBytes { $0.baseAddress } == other.withUnsafeBytes { $0.baseAddress }
    }
}

/// What reaches each client without fragments, asked of the kernel once in a while.
struct PathLimits {
    private var payloads: [Peer.Source: Int] = [:]
    private var rotated: UInt64 = 0

    private static let limit = 4096
    private static let span = 60_000 * RoundTrip.millisecond

    mutating func payload(by route: Route, to peer: Peer) -> Int? {
        if let known = payloads[peer.source] { return known }
        guard let payload = route.greatestPayload else { return nil }
        if payloads.count < Self.limit { payloads[peer.source] = payload }
        return payload
    }

    mutating func rotate(at now: UInt64) {
        guard now - rotated >= Self.span else { return }
        rotated = now
        payloads = [:]
    }
}
