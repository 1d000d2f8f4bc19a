/// A part of a piece that a peer wants. LINBO 7's clients ask for 16 KiB, LINBO 4.3's (`ctorrent -z 128`) for 128 KiB.
struct BlockRequest: Equatable {
    /// 0-based.
    let piece: Int
    /// Bytes from the piece's first.
    let begin: Int
    /// In bytes.
    let length: Int

    /// No known client asks for more.
    static let longest = 128 << 10
}

/// What a peer says (BEP 3). It is a seeder that listens: most of it needs no answer.
enum PeerMessage: Equatable {
    case keepAlive
    case interested
    case notInterested
    /// It has one piece more, this one.
    case have(Int)
    /// It has so many.
    case bitfield(Int)
    case request(BlockRequest)
    case cancel(BlockRequest)
    /// Whether it sends, what its DHT's port is, and what belongs to extensions.
    case other

    /// - Parameter body: what follows the length.
    init(_ body: ArraySlice<UInt8>) throws(PeerFault) {
        guard let kind = body.first else {
            self = .keepAlive
            return
        }
        let rest = body.dropFirst()
        switch kind {
        case 2: self = .interested
        case 3: self = .notInterested
        case 4: self = .have(try Self.numbers(rest, 1)[0])
        case 5: self = .bitfield(rest.reduce(0) { $0 + $1.nonzeroBitCount })
        case 6, 8:
            let numbers = try Self.numbers(rest, 3)
            let block = BlockRequest(piece: numbers[0], begin: numbers[1], length: numbers[2])
            self = kind == 6 ? .request(block) : .cancel(block)
        case 7: throw .unwanted
        default: self = .other
        }
    }

    private static func numbers(_ bytes: ArraySlice<UInt8>, _ count: Int) throws(PeerFault) -> [Int] {
        guard bytes.count == 4 * count else { throw .malformed }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { bigEndian32(bytes[$0...]) }
    }

    /// - Parameter bytes: 4 at least.
    static func bigEndian32(_ bytes: ArraySlice<UInt8>) -> Int { bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) } }

    // MARK: What is said to it

    private static func big(_ number: Int) -> [UInt8] {
        let number = UInt32(truncatingIfNeeded: number)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    static let keepAliveBytes: [UInt8] = [0, 0, 0, 0]
    static let unchokeBytes: [UInt8] = [0, 0, 0, 1, 1]

    /// That all pieces are here.
    static func bitfield(ofSeedWith pieces: Int) -> [UInt8] {
        var field = [UInt8](repeating: 0xFF, count: (pieces + 7) / 8)
        if pieces % 8 != 0, let last = field.indices.last { field[last] = 0xFF << UInt8(8 - pieces % 8) }
        return big(field.count + 1) + [5] + field
    }

    /// What goes before the bytes of a block.
    static func blockHeader(_ block: BlockRequest) -> [UInt8] {
        big(9 + block.length) + [7] + big(block.piece) + big(block.begin)
    }
}

/// Why a connection is ended.
enum PeerFault: Error, Equatable {
    /// What it says is not BitTorrent's.
    case malformed
    /// It sends what nobody asked it for.
    case unwanted
    /// It asks for more at once than a client does, or for what is not there.
    case greedy
    /// Nobody seeds that torrent here.
    case unknownTorrent
}
