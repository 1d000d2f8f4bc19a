import Torrent

/// Packets of the tracker, by BEP 15. Each begins with its action and the client's transaction.
enum DatagramAnswer {
    /// The number that the client shall ask with from now on.
    static func connect(_ transaction: UInt32, _ connection: UInt64) -> [UInt8] {
        var packet = head(0, transaction)
        packet.append(bigEndian: connection)
        return packet
    }

    static func announce(_ transaction: UInt32, _ answer: AnnounceAnswer) -> [UInt8] {
        var packet = head(1, transaction)
        packet.append(bigEndian: answer.leastInterval)
        packet.append(bigEndian: UInt32(clamping: answer.figures.leechers))
        packet.append(bigEndian: UInt32(clamping: answer.figures.seeds))
        return packet + answer.compact()
    }

    /// - Parameter figures: in the order asked; nil for a torrent that is not published, of which nobody has anything.
    static func scrape(_ transaction: UInt32, _ figures: [SwarmFigures?]) -> [UInt8] {
        var packet = head(2, transaction)
        for figures in figures {
            packet.append(bigEndian: UInt32(clamping: figures?.seeds ?? 0))
            packet.append(bigEndian: UInt32(clamping: figures?.completed ?? 0))
            packet.append(bigEndian: UInt32(clamping: figures?.leechers ?? 0))
        }
        return packet
    }

    static func failure(_ transaction: UInt32, _ refusal: TrackerRefusal) -> [UInt8] {
        head(3, transaction) + refusal.description.utf8
    }

    private static func head(_ action: UInt32, _ transaction: UInt32) -> [UInt8] {
        var packet: [UInt8] = []
        packet.append(bigEndian: action)
        packet.append(bigEndian: transaction)
        return packet
    }
}
