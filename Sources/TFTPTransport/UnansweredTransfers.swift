import DequeModule

/// Transfers of the school's own addresses whose client has not answered yet: its request may be forged. They cost the
/// client nothing; at a limit the oldest one gives way to the newest, so that a real request, which is answered within
/// milliseconds, has always its turn.
struct UnansweredTransfers {
    private struct Address {
        var count = 0
        var order: Deque<UInt64> = []
    }

    /// A made content that several wait with counts once.
    private struct Held {
        var count = 0
        let bytes: Int
    }

    private var transfers: [UInt64: Transfer] = [:]
    /// By number, the oldest first; those that are gone are passed over.
    private var order: Deque<UInt64> = []
    private var addresses: [Peer.Source: Address] = [:]
    private var held: [ObjectIdentifier: Held] = [:]
    private var bytes = 0

    /// At 20,000 forged requests a second in one PC's name, its own waits for 200 ms before it gives way.
    let limitEach: Int
    let limit: Int
    let byteLimit: Int

    init(limitEach: Int = 4096, limit: Int = 8192, byteLimit: Int) {
        (self.limitEach, self.limit, self.byteLimit) = (limitEach, limit, byteLimit)
    }

    var count: Int { transfers.count }

    mutating func insert(_ transfer: Transfer) {
        transfers[transfer.number] = transfer
        order.append(transfer.number)
        addresses[transfer.peer.source, default: Address()].count += 1
        addresses[transfer.peer.source]?.order.append(transfer.number)
        guard let made = transfer.body.made?.count else { return }
        let body = ObjectIdentifier(transfer.body)
        if held[body] == nil { bytes += made }
        held[body, default: Held(bytes: made)].count += 1
    }

    /// Nothing if it is none of these.
    mutating func remove(_ transfer: Transfer) {
        guard transfers.removeValue(forKey: transfer.number) != nil else { return }
        let source = transfer.peer.source
        addresses[source]?.count -= 1
        if addresses[source]?.count == 0 { addresses[source] = nil }
        if transfers.isEmpty { order.removeAll(keepingCapacity: true) }
        let body = ObjectIdentifier(transfer.body)
        guard let entry = held[body] else { return }
        held[body] = entry.count > 1 ? Held(count: entry.count - 1, bytes: entry.bytes) : nil
        if held[body] == nil { bytes -= entry.bytes }
    }

    /// Takes out one that must give way to a new one of an address; nil: there is room.
    mutating func takeExcess(for source: Peer.Source) -> Transfer? {
        if addresses[source]?.count ?? 0 > limitEach { return takeOldest(of: source) }
        guard transfers.count > limit || bytes > byteLimit else { return nil }
        while let number = order.popFirst() {
            guard let transfer = transfers[number] else { continue }
            remove(transfer)
            return transfer
        }
        return nil
    }

    private mutating func takeOldest(of source: Peer.Source) -> Transfer? {
        while let number = addresses[source]?.order.popFirst() {
            guard let transfer = transfers[number] else { continue }
            remove(transfer)
            return transfer
        }
        return nil
    }

    /// Forgets the numbers of those that are gone, now and then.
    mutating func tidy() {
        order.removeAll { transfers[$0] == nil }
        for source in addresses.keys { addresses[source]?.order.removeAll { transfers[$0] == nil } }
    }
}
