import Glibc

/// The clients of this moment, the oldest first.
struct Visitors {
    private var all: [Visitor] = []

    var count: Int { all.count }

    var interests: [pollfd] {
        all.map { pollfd(fd: $0.descriptor, events: $0.interest, revents: 0) }
    }

    /// When the first one is out of time.
    var nextEnd: Int64? { all.first?.end }

    mutating func add(_ descriptor: Int32, address: [UInt8], end: Int64) {
        makeRoom(for: address)
        all.append(Visitor(owning: descriptor, address: address, end: end))
    }

    private mutating func makeRoom(for address: [UInt8]) {
        let counts = Dictionary(grouping: all, by: \.address).mapValues(\.count)
        let isCrowded = all.count >= Endpoint.mostVisitors
        guard isCrowded || counts[address, default: 0] >= Endpoint.mostOfOne else { return }
        let most = isCrowded ? counts.max { $0.value < $1.value }?.key : address
        guard let oldest = all.firstIndex(where: { $0.address == most }) else { return }
        all.remove(at: oldest)
    }

    mutating func removeLate(at now: Int64) {
        all.removeAll { $0.end <= now }
    }

    /// - Parameters:
    ///   - ready: of whom poll(2) says that something can be done.
    ///   - metrics: the answer to the one question.
    mutating func advance(_ ready: Set<Int32>, _ metrics: () -> [UInt8]) {
        guard !ready.isEmpty else { return }
        all.removeAll { visitor in
            guard ready.contains(visitor.descriptor) else { return false }
            var progress = visitor.advance()
            if case .asked(let head) = progress { progress = visitor.reply(Self.answer(head, metrics)) }
            if case .waiting = progress { return false }
            return true
        }
    }

    private static func answer(_ head: RequestHead, _ metrics: () -> [UInt8]) -> [UInt8] {
        switch head {
        case .metrics: metrics()
        case .otherMethod: Answer.bytes("405 Method Not Allowed", "GET only\n")
        case .notFound: Answer.bytes("404 Not Found", "/metrics is all there is\n")
        case .wrong, .incomplete: Answer.bytes("400 Bad Request", "no HTTP request\n")
        }
    }
}
