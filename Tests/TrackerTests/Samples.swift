import LinboModel
import Torrent

@testable import Tracker

/// The torrent of a number.
func torrent(_ number: UInt8, length: Int64 = 1000) throws -> PublishedTorrent {
    PublishedTorrent(try hash(number), length: length)
}

func hash(_ number: UInt8) throws -> InfoHash {
    struct NoHash: Error {}
    guard let hash = InfoHash(bytes: [UInt8](repeating: number, count: 20)) else { throw NoHash() }
    return hash
}

func address(_ text: String) throws -> UInt32 {
    struct NoAddress: Error {}
    guard let number = IPAddress(text)?.v4 else { throw NoAddress() }
    return number
}

func encoded(_ bytes: [UInt8]) -> String {
    bytes.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16, uppercase: true) }.joined()
}

/// A query as clients send it.
func query(
    _ number: UInt8 = 1, port: Int = 6881, left: Int64? = 1000, event: String? = nil, _ more: String = ""
) -> String {
    let fields = [
        "info_hash=\(encoded([UInt8](repeating: number, count: 20)))", "peer_id=-TEST00-abcdefghijkl", "port=\(port)",
        "uploaded=0", "downloaded=0", left.map { "left=\($0)" }, event.map { "event=\($0)" },
    ]
    return fields.compactMap { $0 }.joined(separator: "&") + more
}

func announce(
    _ number: UInt8 = 1, port: Int = 6881, left: Int64? = 1000, event: String? = nil, _ more: String = ""
) throws -> AnnounceRequest {
    try AnnounceRequest(parsing: Array(query(number, port: port, left: left, event: event, more).utf8)[...])
}

/// A packet of BEP 15.
func packet(_ connection: UInt64, _ action: UInt32, _ rest: [UInt8] = []) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: connection)
    bytes.append(bigEndian: action)
    bytes.append(bigEndian: UInt32(0xCAFE))
    return bytes + rest
}

/// What follows in an announce.
func announcePacket(
    _ number: UInt8 = 1, port: UInt16 = 6881, left: UInt64 = 1000, event: UInt32 = 2, wanted: Int32 = -1,
    saidAddress: UInt32 = 0
) -> [UInt8] {
    var bytes = [UInt8](repeating: number, count: 20) + Array("-TEST00-abcdefghijkl".utf8)
    bytes.append(bigEndian: UInt64(7))
    bytes.append(bigEndian: left)
    bytes.append(bigEndian: UInt64(9))
    bytes.append(bigEndian: event)
    bytes.append(bigEndian: saidAddress)
    bytes.append(bigEndian: UInt32(77))
    bytes.append(bigEndian: wanted)
    bytes.append(bigEndian: port)
    return bytes
}

func parsed(_ packet: [UInt8]) -> DatagramRequest? {
    packet.withUnsafeBytes { DatagramRequest($0) }
}

/// `10.0.ROOM.HOST`; the server has 10.0.0.1. Rooms 1 and 2 are one subnet, 3 and 4 another; room 9 is reached by
/// nobody else.
struct TestSchool: PeerPlaces {
    func place(of address: IPAddress) -> Place {
        let bytes = address.bytes
        return Place(
            address, room: bytes[2] == 0 ? nil : "r\(bytes[2])", subnet: bytes[2] == 0 ? nil : "s\((bytes[2] + 1) / 2)",
            isServer: bytes == [10, 0, 0, 1])
    }

    func canReach(_ peer: Place, from asker: Place) -> Bool {
        peer.room == asker.room || (peer.room != "r9" && asker.room != "r9")
    }
}

extension Moment {
    /// Seconds after a beginning.
    static func at(_ seconds: Double) -> Moment {
        Moment(nanoseconds: UInt64((1000 + seconds) * 1e9), unix: 1_700_000_000 + Int64(seconds))
    }
}
