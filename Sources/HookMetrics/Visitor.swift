import Glibc

/// A client of the endpoint, from accept to close. It is asked and answered once.
final class Visitor {
    enum Progress {
        case waiting, done
        /// The whole request is there.
        case asked(RequestHead)
    }

    let descriptor: Int32
    /// The client's address, of whatever family.
    let address: [UInt8]
    /// The deadline of all it has to send and to read, in milliseconds on the clock that never jumps.
    let end: Int64
    private var request: [UInt8] = []
    private var answer: [UInt8] = []
    private var sent = 0

    init(owning descriptor: Int32, address: [UInt8], end: Int64) {
        self.descriptor = descriptor
        self.address = address
        self.end = end
    }

    deinit {
        close(descriptor)
    }

    /// What poll(2) shall wait for.
    var interest: Int16 { Int16(answer.isEmpty ? POLLIN : POLLOUT) }

    func advance() -> Progress {
        answer.isEmpty ? read() : write()
    }

    func reply(_ bytes: [UInt8]) -> Progress {
        answer = bytes
        return write()
    }

    private func read() -> Progress {
        let room = RequestHead.limit
        let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, room, Int32(MSG_DONTWAIT)))
        }
        guard !part.isEmpty else { return errno == EAGAIN || errno == EINTR ? .waiting : .done }
        request += part
        let head = RequestHead(request)
        return head == .incomplete ? .waiting : .asked(head)
    }

    private func write() -> Progress {
        while sent < answer.count {
            let count = answer[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            guard count > 0 else { return errno == EAGAIN || errno == EINTR ? .waiting : .done }
            sent += count
        }
        return .done
    }
}
