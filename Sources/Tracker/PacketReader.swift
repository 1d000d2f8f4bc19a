import Torrent

/// Takes numbers in network order from a packet of BEP 15, from its start to its end.
struct PacketReader {
    private let packet: UnsafeRawBufferPointer
    private var position = 0

    /// - Parameter packet: has to stay valid as long as this is used.
    init(_ packet: UnsafeRawBufferPointer) {
        self.packet = packet
    }

    /// Bytes that were not taken yet.
    var left: Int { packet.count - position }

    mutating func integer<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type
    ) throws(TrackerRefusal) -> Number {
        let size = MemoryLayout<Number>.size
        guard left >= size else { throw .malformed("packet") }
        defer { position += size }
        return Number(bigEndian: packet.loadUnaligned(fromByteOffset: position, as: Number.self))
    }

    mutating func bytes(_ count: Int) throws(TrackerRefusal) -> [UInt8] {
        guard left >= count else { throw .malformed("packet") }
        defer { position += count }
        return Array(packet[position..<position + count])
    }

    mutating func hash() throws(TrackerRefusal) -> InfoHash {
        guard let hash = InfoHash(bytes: try bytes(InfoHash.length)) else { throw .malformed("info_hash") }
        return hash
    }
}
