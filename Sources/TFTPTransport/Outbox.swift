import CLinux
import Glibc

/// Gathers packets and sends them in one call (sendmmsg(2)), whole windows as one message that the kernel cuts
/// (UDP_SEGMENT, udp(7)). Used by one thread.
final class Outbox {
    private enum Entry {
        case data(Transfer, first: Int, count: Int)
        /// Held, as the message points into it.
        case other(Route)
    }

    private static let messageLimit = 64
    private static let vectorLimit = 512
    /// Segments of one message (UDP_MAX_SEGMENTS of Linux before 6.9), and its payload over IPv4.
    private static let segmentLimit = 64
    private static let payloadLimit = 65_507
    private static let smallSize = 2048
    /// Milliseconds to wait for room in the socket's buffer.
    private static let patience: Int32 = 5

    private let messages = UnsafeMutablePointer<clinux_message>.allocate(capacity: messageLimit)
    private let vectors = UnsafeMutablePointer<iovec>.allocate(capacity: vectorLimit)
    /// | opcode 3: 2 bytes | block: 2 bytes |, one for each DATA (RFC 1350 §5, figure 5-2).
    private let headers = UnsafeMutableRawPointer.allocate(byteCount: vectorLimit * 4, alignment: 8)
    /// OACKs and errors.
    private let small = UnsafeMutableRawPointer.allocate(byteCount: smallSize, alignment: 8)

    private var entries: [Entry] = []
    /// The socket of all that is gathered.
    private var descriptor: Int32 = -1
    private var vectorCount = 0
    private var headerCount = 0
    private var smallCount = 0

    /// Bytes of files that came into this process's memory since this was set to 0.
    var touched = 0

    /// Transfers that can't be sent to, and why; taken by `takeFailures`.
    private var failures: [(transfer: Transfer, code: Int32)] = []

    init() {
        messages.initialize(repeating: clinux_message(), count: Self.messageLimit)
        vectors.initialize(repeating: iovec(), count: Self.vectorLimit)
        headers.initializeMemory(as: UInt8.self, repeating: 0, count: Self.vectorLimit * 4)
        small.initializeMemory(as: UInt8.self, repeating: 0, count: Self.smallSize)
        entries.reserveCapacity(Self.messageLimit)
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        headers.deallocate()
        small.deallocate()
    }

    func takeFailures() -> [(transfer: Transfer, code: Int32)] {
        guard !failures.isEmpty else { return [] }
        defer { failures = [] }
        return failures
    }

    /// An OACK or an error.
    func add(_ bytes: [UInt8], by route: Route) {
        guard bytes.count <= Self.smallSize else { return }
        makeRoom(at: route.socket.descriptor, vectors: 1, small: bytes.count)
        let place = small + smallCount
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { place.copyMemory(from: start, byteCount: source.count) }
        }
        smallCount += bytes.count
        vectors[vectorCount] = iovec(iov_base: place, iov_len: bytes.count)
        let control = route.control(segment: nil)
        add(.other(route), to: (route.name, route.nameLength), control, vectors: 1)
    }

    /// DATA packets of a transfer.
    /// - Parameter first: the block's number, counted from 1.
    func add(_ transfer: Transfer, first: Int, count: Int) {
        let size = transfer.state.blockSize
        let perMessage =
            transfer.canBeCut
            ? max(1, min(Self.segmentLimit, Self.payloadLimit / (size + 4), Self.vectorLimit / 2)) : 1
        var block = first
        while block < first + count {
            let part = min(perMessage, first + count - block)
            addMessage(transfer, first: block, count: part)
            block += part
        }
    }

    private func addMessage(_ transfer: Transfer, first: Int, count: Int) {
        let direct = transfer.route.direct?.descriptor
        makeRoom(at: direct ?? transfer.route.socket.descriptor, vectors: 2 * count, small: 0)
        let size = transfer.state.blockSize
        var index = vectorCount
        for block in first..<(first + count) {
            let header = headers + headerCount * 4
            headerCount += 1
            let number = UInt16(truncatingIfNeeded: block)
            header.storeBytes(of: (UInt32(Opcode.data.rawValue) << 16 | UInt32(number)).bigEndian, as: UInt32.self)
            vectors[index] = iovec(iov_base: header, iov_len: 4)
            let offset = (block - 1) * size
            let length = min(size, transfer.body.count - offset)
            vectors[index + 1] = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: transfer.body.start + offset), iov_len: length)
            index += 2
            touched += transfer.body.touch(offset, length)
        }
        add(
            .data(transfer, first: first, count: count),
            to: direct == nil ? (transfer.route.name, transfer.route.nameLength) : (nil, 0),
            transfer.route.control(segment: count > 1 ? size + 4 : nil), vectors: 2 * count)
    }

    private func add(
        _ entry: Entry, to name: (start: UnsafeMutableRawPointer?, count: Int),
        _ control: (start: UnsafeMutableRawPointer?, count: Int), vectors count: Int
    ) {
        var header = msghdr()
        header.msg_name = name.start
        header.msg_namelen = socklen_t(name.count)
        header.msg_iov = vectors + vectorCount
        header.msg_iovlen = count
        header.msg_control = control.start
        header.msg_controllen = control.count
        messages[entries.count].header = header
        vectorCount += count
        entries.append(entry)
    }

    private func makeRoom(at descriptor: Int32, vectors count: Int, small size: Int) {
        defer { self.descriptor = descriptor }
        let isOther = descriptor != self.descriptor
        if isOther || entries.count == Self.messageLimit || vectorCount + count > Self.vectorLimit
            || smallCount + size > Self.smallSize
        {
            flush()
        }
    }

    /// Sends all that was gathered.
    func flush() {
        var next = 0
        var patience = 4
        while next < entries.count {
            let sent = clinux_send(descriptor, messages + next, UInt32(entries.count - next))
            if sent > 0 {
                next += Int(sent)
                continue
            }
            let code = errno
            if code == EINTR { continue }
            if code == EAGAIN || code == ENOBUFS, patience > 0, waitForRoom() {
                patience -= 1
                continue
            }
            failed(entries[next], code)
            next += 1
        }
        entries.removeAll(keepingCapacity: true)
        vectorCount = 0
        headerCount = 0
        smallCount = 0
        resendCut()
    }

    /// A device without checksums of its own, blocks over the MTU, an old kernel.
    private static let cannotCut: Set<Int32> = [EIO, EINVAL, EMSGSIZE, ENOPROTOOPT, EOPNOTSUPP]

    /// Messages that could not be cut, to be sent packet by packet.
    private var uncut: [(transfer: Transfer, first: Int, count: Int)] = []

    private func failed(_ entry: Entry, _ code: Int32) {
        guard case .data(let transfer, let first, let count) = entry else { return }
        switch code {
        // The timer brings it again.
        case EAGAIN, ENOBUFS: break
        case _ where count > 1 && Self.cannotCut.contains(code):
            transfer.canBeCut = false
            uncut.append((transfer, first, count))
        default: failures.append((transfer, code))
        }
    }

    private func resendCut() {
        guard !uncut.isEmpty else { return }
        let again = uncut
        uncut = []
        for (transfer, first, count) in again { add(transfer, first: first, count: count) }
        flush()
    }

    private func waitForRoom() -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&entry, 1, Self.patience) > 0
    }
}
