import DequeModule

/// Connections whose request is not there whole. Each has a deadline; if there are too many, the oldest one ends, of
/// the newcomer's address or of all: whoever asks properly is answered at once, so only those that hang grow old.
struct PendingConnections: Sendable {
    private struct Connection {
        let address: UInt32
        let deadline: UInt64
        var head: [UInt8] = []
    }

    private let limit: Int
    private let limitOfAddress: Int
    private var all: [Int32: Connection] = [:]
    /// The oldest first; some of them have ended.
    private var order: Deque<(descriptor: Int32, deadline: UInt64)> = []
    private var counts: [UInt32: Int] = [:]

    /// - Parameters: both at least 1.
    init(limit: Int, limitOfAddress: Int) {
        (self.limit, self.limitOfAddress) = (max(1, limit), max(1, limitOfAddress))
    }

    var descriptors: [Int32] { Array(all.keys) }
    var count: Int { all.count }

    /// When the oldest is out of time; nil if there is none. May be early.
    var nextDeadline: UInt64? { all.isEmpty ? nil : order.first?.deadline }

    /// What came of a connection until now; nil for one that is not here.
    func head(_ descriptor: Int32) -> [UInt8]? { all[descriptor]?.head }

    /// Whose it is; nil for one that is not here.
    func address(_ descriptor: Int32) -> UInt32? { all[descriptor]?.address }

    mutating func setHead(_ head: [UInt8], of descriptor: Int32) {
        all[descriptor]?.head = head
    }

    /// - Returns: one that has to end for it.
    mutating func add(_ descriptor: Int32, _ address: UInt32, head: [UInt8], deadline: UInt64) -> Int32? {
        let isCrowded = counts[address, default: 0] >= limitOfAddress
        var loser: Int32?
        if isCrowded || all.count >= limit {
            loser =
                order.first { entry in
                    guard let connection = all[entry.descriptor], connection.deadline == entry.deadline else {
                        return false
                    }
                    return !isCrowded || connection.address == address
                }?.descriptor
        }
        if let loser { remove(loser) }
        all[descriptor] = Connection(address: address, deadline: deadline, head: head)
        order.append((descriptor, deadline))
        counts[address, default: 0] += 1
        return loser
    }

    mutating func remove(_ descriptor: Int32) {
        guard let connection = all.removeValue(forKey: descriptor) else { return }
        let count = counts[connection.address, default: 1] - 1
        counts[connection.address] = count > 0 ? count : nil
        while let first = order.first, all[first.descriptor]?.deadline != first.deadline { order.removeFirst() }
    }

    /// Takes out the one that waits longest; nil if there is none.
    mutating func removeOldest() -> Int32? {
        let oldest = order.first { all[$0.descriptor]?.deadline == $0.deadline }?.descriptor
        if let oldest { remove(oldest) }
        return oldest
    }

    /// Takes out those that are out of time.
    mutating func removeLate(at now: UInt64) -> [Int32] {
        var late: [Int32] = []
        while let first = order.first, first.deadline <= now {
            order.removeFirst()
            guard all[first.descriptor]?.deadline == first.deadline else { continue }
            late.append(first.descriptor)
            remove(first.descriptor)
        }
        return late
    }
}
