import Torrent

/// A packet of a client, by BEP 15. A packet that can't be answered, as it says not even which one it is, is nil.
struct DatagramRequest: Sendable, Hashable {
    enum Content: Sendable, Hashable {
        case connect
        case announce(AnnounceRequest)
        /// At least one.
        case scrape([InfoHash])
    }

    /// That the tracker gave with the answer to `connect`.
    let connection: UInt64
    /// By which the client knows the answer.
    let transaction: UInt32
    let content: Result<Content, TrackerRefusal>

    /// What stands for a connection in the packet that asks for one.
    static let magic: UInt64 = 0x417_2710_1980
    /// What all packets begin with: connection, action, transaction.
    static let headSize = 16
    /// Of the shortest one that is answered by more than 16 bytes.
    static let leastSize = headSize + InfoHash.length
    /// Of one scrape, as BEP 15 says.
    static let hashLimit = 74

    init?(_ packet: UnsafeRawBufferPointer) {
        var reader = PacketReader(packet)
        guard let connection = try? reader.integer(UInt64.self), let action = try? reader.integer(UInt32.self),
            let transaction = try? reader.integer(UInt32.self)
        else { return nil }
        (self.connection, self.transaction) = (connection, transaction)
        switch action {
        case 0 where connection == Self.magic: content = .success(.connect)
        // An answer must not be longer than what may have come in another's name.
        case 1 where packet.count >= Self.leastSize:
            content = Result { () throws(TrackerRefusal) in .announce(try AnnounceRequest(parsing: &reader)) }
        case 2 where packet.count >= Self.leastSize:
            content = Result { () throws(TrackerRefusal) in .scrape(try Self.hashes(&reader)) }
        default: return nil
        }
    }

    private static func hashes(_ reader: inout PacketReader) throws(TrackerRefusal) -> [InfoHash] {
        var hashes: [InfoHash] = []
        while reader.left >= InfoHash.length {
            guard hashes.count < hashLimit else { throw .tooMany }
            hashes.append(try reader.hash())
        }
        return hashes
    }
}
