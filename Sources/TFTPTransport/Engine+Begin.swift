import Glibc
import HookHost
import LinboModel

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
        case .bytes(let bytes):
            body = Body(bytes)
            context.ledger.holds(bytes.count)
        case .nothing: return missed(waiting, result)
        case .folder: return refusedFolder(waiting, result)
        case .refused(let reason): return refused(waiting, reason, host: result.host)
        }
        let options = TransferOptions(
            waiting.request, size: Int64(body.count), limits: limits(for: waiting, route: waiting.route))
        let transfer = Transfer(
            number: waiting.number, peer: waiting.peer, route: waiting.route, request: waiting.request, body: body,
            subject: subject(of: waiting, result), options: options, now: now)
        transfers[key(of: transfer, descriptor: directDescriptor(for: transfer))] = transfer
        requests[waiting.peer] = .transfer(transfer)
        perform(transfer.state.start(at: now), of: transfer)
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
        let needsMAC = settings.quirks.contains { !$0.macPrefix.isEmpty }
        limits.apply(
            settings.quirks, to: waiting.request,
            mac: needsMAC ? context.resolver.mac(of: waiting.peer.address) : nil)
        return limits
    }

    private func missed(_ waiting: PendingRequest, _ result: Resolver.Result) {
        context.counters.misses.count()
        refuse(waiting.route, .fileNotFound, "file not found")
        release(waiting, result, .notThere)
    }

    /// No line in the log at notice: firmware asks for odd things, and learns nothing from it.
    private func refusedFolder(_ waiting: PendingRequest, _ result: Resolver.Result) {
        context.counters.misses.count()
        refuse(waiting.route, .accessViolation, "a folder: TFTP sends files only")
        release(waiting, result, .notThere)
    }

    func refused(_ waiting: PendingRequest, _ reason: String, host: HostName?) {
        refuse(waiting.route, .accessViolation, reason)
        release(waiting, Resolver.Result(refusing: reason, host: host), .refused(reason))
    }

    private func release(_ waiting: PendingRequest, _ result: Resolver.Result, _ ending: TransferReport.Ending) {
        context.ledger.ended(
            waiting.peer, blocks: 0, retransmissions: 0, hasFailed: ending != .notThere, memory: 0)
        context.reporter.report(.unsent(subject(of: waiting, result), ending))
    }

    func subject(of waiting: PendingRequest, _ result: Resolver.Result) -> TransferSubject {
        TransferSubject(
            asked: waiting.asked, address: waiting.peer.address, host: result.host,
            shownPath: result.path?.description ?? waiting.shownPath, path: result.path, decision: result.decision,
            connection: context.connection(waiting.number))
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
