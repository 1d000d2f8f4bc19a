package import Torrent

/// A client tells how far it is, and asks for peers (BEP 3). Which address it has is not in here: the one that it asks
/// from counts, whatever it says.
package struct AnnounceRequest: Sendable, Hashable {
    /// Why a client announces itself.
    package enum Event: UInt32, Sendable, Hashable, CaseIterable {
        /// Because the interval is over. The numbers are those of BEP 15.
        case none = 0
        case completed, started, stopped
    }

    /// How the list of peers is written.
    package enum Form: Sendable, Hashable {
        /// 6 bytes a peer (BEP 23).
        case compact
        /// A dictionary for each, with or without its id (BEP 3).
        case dictionaries(withPeerID: Bool)
    }

    /// Which torrent.
    package let infoHash: InfoHash
    /// 20 bytes that the client made up.
    package let peerID: [UInt8]
    /// That it listens on; never 0.
    package let port: UInt16
    /// Bytes since it was started.
    package let uploaded: Int64
    package let downloaded: Int64
    /// Bytes until it is complete; nil if it does not tell.
    package let left: Int64?
    package let event: Event
    /// How many peers it wants; nil leaves that to the tracker.
    package let wanted: Int?
    package let form: Form

    /// From a query of HTTP: what follows the `?`.
    /// - Throws: `.missing` and `.malformed`.
    package init(parsing query: ArraySlice<UInt8>) throws(TrackerRefusal) {
        var (infoHash, peerID, port): (InfoHash?, [UInt8]?, UInt16?)
        var (uploaded, downloaded): (Int64, Int64) = (0, 0)
        var (left, wanted): (Int64?, Int?)
        var (isCompact, hidesPeerID) = (true, false)
        var event = Event.none
        for field in QueryFields(query) {
            switch field.name {
            case "info_hash": infoHash = try Self.hash(field.value)
            case "peer_id":
                peerID = PercentEncoding.decode(field.value, limit: InfoHash.length)
                guard peerID?.count == InfoHash.length else { throw .malformed("peer_id") }
            case "port":
                port = UInt16(exactly: try Self.number(field))
                guard let port, port > 0 else { throw .malformed("port") }
            case "uploaded": uploaded = try Self.number(field)
            case "downloaded": downloaded = try Self.number(field)
            case "left": left = try Self.number(field)
            case "event": event = try Self.event(field.value)
            case "numwant": wanted = Self.wanted(field)
            case "compact": isCompact = !field.value.elementsEqual("0".utf8)
            case "no_peer_id": hidesPeerID = !field.value.elementsEqual("0".utf8)
            default: break
            }
        }
        guard let infoHash else { throw .missing("info_hash") }
        guard let peerID else { throw .missing("peer_id") }
        guard let port else { throw .missing("port") }
        (self.infoHash, self.peerID, self.port) = (infoHash, peerID, port)
        (self.uploaded, self.downloaded, self.left) = (uploaded, downloaded, left)
        (self.event, self.wanted) = (event, wanted)
        form = isCompact ? .compact : .dictionaries(withPeerID: !hidesPeerID)
    }

    /// From what follows the 16 bytes that all packets of BEP 15 begin with.
    init(parsing reader: inout PacketReader) throws(TrackerRefusal) {
        infoHash = try reader.hash()
        peerID = try reader.bytes(InfoHash.length)
        downloaded = Int64(clamping: try reader.integer(UInt64.self))
        left = Int64(clamping: try reader.integer(UInt64.self))
        uploaded = Int64(clamping: try reader.integer(UInt64.self))
        guard let event = Event(rawValue: try reader.integer(UInt32.self)) else { throw .malformed("event") }
        self.event = event
        // The address that it says it has, and a key by which it would be known from another one.
        _ = try reader.bytes(8)
        let wanted = Int32(bitPattern: try reader.integer(UInt32.self))
        self.wanted = wanted < 0 ? nil : Int(wanted)
        port = try reader.integer(UInt16.self)
        guard port > 0 else { throw .malformed("port") }
        form = .compact
    }

    static func hash(_ value: ArraySlice<UInt8>) throws(TrackerRefusal) -> InfoHash {
        guard let bytes = PercentEncoding.decode(value, limit: InfoHash.length), let hash = InfoHash(bytes: bytes)
        else {
            throw .malformed("info_hash")
        }
        return hash
    }

    private static func event(_ value: ArraySlice<UInt8>) throws(TrackerRefusal) -> Event {
        switch String(decoding: value, as: UTF8.self) {
        case "started": .started
        case "completed": .completed
        case "stopped": .stopped
        // Others than BEP 3's, such as `paused` of BEP 21, are announces like any.
        default: .none
        }
    }

    /// Some say -1 for what they do not care about.
    private static func wanted(_ field: QueryFields.Field) -> Int? {
        (try? number(field)).map { Int(clamping: $0) }
    }

    /// Decimal digits; what 63 bits don't hold is as much as they do.
    private static func number(_ field: QueryFields.Field) throws(TrackerRefusal) -> Int64 {
        guard !field.value.isEmpty else { throw .malformed(field.name) }
        var number: Int64 = 0
        for byte in field.value {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { throw .malformed(field.name) }
            let (tens, isTooLong) = number.multipliedReportingOverflow(by: 10)
            let (sum, isTooGreat) = tens.addingReportingOverflow(Int64(digit))
            number = isTooLong || isTooGreat ? .max : sum
        }
        return number
    }
}
