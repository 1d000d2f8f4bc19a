import CLinux
import Glibc
import LinuxKit

/// By HTTP: one request a connection, as clients do it.
extension TrackerEngine {
    func acceptConnections(of listener: Int32) {
        for _ in 0..<Self.turn {
            var name = sockaddr_in()
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = withUnsafeMutablePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { clinux_accept(listener, $0, &size) }
            }
            guard descriptor >= 0 else {
                if errno == EMFILE || errno == ENFILE { refuseConnection(of: listener) }
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            readMail()
            let address = UInt32(bigEndian: name.sin_addr.s_addr)
            guard admits(address) else {
                close(descriptor)
                continue
            }
            read(descriptor, address, after: [])
        }
    }

    /// More of a request that was not there whole.
    func readOn(_ descriptor: Int32) {
        // An event of this batch may be of a connection that has ended in it.
        guard let head = pending.head(descriptor), let address = pending.address(descriptor) else { return }
        readMail()
        read(descriptor, address, after: head)
    }

    private func read(_ descriptor: Int32, _ address: UInt32, after known: [UInt8]) {
        // One byte more than is taken, so that too long a head is seen.
        let room = HTTPRequest.limit + 1 - known.count
        var count = 0
        let part = [UInt8](unsafeUninitializedCapacity: max(1, room)) { buffer, filled in
            count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            filled = max(0, count)
        }
        if count < 0, errno == EAGAIN || errno == EINTR {
            return wait(for: descriptor, address, head: known)
        }
        guard count > 0 else { return end(descriptor) }
        let head = known.isEmpty ? part : known + part
        switch HTTPRequest(parsing: head, from: known.count) {
        case .incomplete: wait(for: descriptor, address, head: head)
        case .failed(let failure):
            counters.countRefusal()
            answer(descriptor, HTTPAnswer.failed(failure))
        case .refused(let refusal):
            counters.countRefusal()
            answer(descriptor, HTTPAnswer.ok(TrackerBody.failure(refusal)))
        case .scrape(let hashes):
            counters.countScrape()
            answer(descriptor, HTTPAnswer.ok(TrackerBody.scrape(table.scrape(hashes))))
        case .announce(let request): announce(request, descriptor, address)
        }
    }

    private func announce(_ request: AnnounceRequest, _ descriptor: Int32, _ address: UInt32) {
        do throws(TrackerRefusal) {
            let outcome = try table.announce(request, from: address, at: now, places)
            counters.countAnnounce()
            answer(descriptor, HTTPAnswer.ok(outcome.answer.encoded(request.form)))
            tell(outcome.changes)
        } catch {
            counters.countRefusal()
            answer(descriptor, HTTPAnswer.ok(TrackerBody.failure(error)))
        }
    }

    private func wait(for descriptor: Int32, _ address: UInt32, head: [UInt8]) {
        guard pending.address(descriptor) == nil else { return pending.setHead(head, of: descriptor) }
        guard poller.watch(descriptor) else { return end(descriptor) }
        let deadline = now.nanoseconds + UInt64(settings.patience) * Moment.second
        if let loser = pending.add(descriptor, address, head: head, deadline: deadline) { close(loser) }
    }

    /// A fresh connection has room for any answer; one that has not is nobody's who reads.
    private func answer(_ descriptor: Int32, _ bytes: [UInt8]) {
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        end(descriptor)
    }

    private func end(_ descriptor: Int32) {
        pending.remove(descriptor)
        close(descriptor)
    }

    /// Or epoll would tell of it for ever.
    private func refuseConnection(of listener: Int32) {
        if let oldest = pending.removeOldest() {
            close(oldest)
        } else if spare >= 0 {
            close(spare)
            let descriptor = clinux_accept(listener, nil, nil)
            if descriptor >= 0 { close(descriptor) }
            spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
        }
    }
}
