/// The header of a qcow2 image, which a `.qdiff` is, too: what QEMU's specification (docs/interop/qcow2.txt) puts into
/// the first bytes. All numbers are big-endian.
///
/// | 0 magic | 4 version | 8 backing file: offset | 16 its length | 20 cluster bits | 24 virtual size | 32 encryption |
/// | 36 L1 entries | 40 L1 offset | 48 refcount table | 60 snapshots | from version 3 on: 72 incompatible features |
/// | 80 compatible | 88 autoclear | 96 refcount order | 100 header length | then extensions: type, length, data |
package struct Qcow2Header: Sendable, Hashable {
    /// How much of a file to hand over: QEMU puts all of it into the first few hundred bytes.
    package static let prefix = 65_536

    /// Of the disk inside.
    package enum Encryption: UInt32, Sendable, Hashable {
        case none, aes, luks
    }

    /// 2 or 3.
    package let version: UInt32
    /// The file that this one is a difference to, as it is written there; nil: it is an image of its own.
    package let backingFile: String?
    /// Such as `qcow2`; nil: QEMU is to guess.
    package let backingFormat: String?
    /// A cluster has 2^clusterBits bytes.
    package let clusterBits: UInt32
    /// Of the disk inside, in bytes.
    package let virtualSize: UInt64
    /// Of the data in the clusters; tables are never encrypted.
    package let encryption: Encryption
    /// Bits that a reader must know (version 3; 0 in version 2): see `isDirty` and the ones after it.
    package let incompatibleFeatures: UInt64
    /// The table of the disk's L2 tables: where it lies, and how many entries it has.
    package let l1Offset: UInt64
    /// Each has eight bytes.
    package let l1Entries: UInt32
    /// Where the table of refcount blocks lies, in bytes from the file's start.
    package let refcountOffset: UInt64
    /// How long that table is, in clusters.
    package let refcountClusters: UInt32
    /// Where the table of snapshots lies, in bytes from the file's start; says nothing if there are none.
    package let snapshotOffset: UInt64
    /// How many snapshots that table holds.
    package let snapshots: UInt32
    /// The data lies in another file: its name, empty if the header does not tell it. nil: it lies here.
    package let dataFile: String?
    /// A file that is shorter was cut off.
    package let shortestFile: UInt64

    /// Not closed properly; QEMU fixes that.
    package var isDirty: Bool { incompatibleFeatures & 1 != 0 }
    /// QEMU found it broken and says so itself.
    package var isCorrupt: Bool { incompatibleFeatures & 2 != 0 }
    /// Entries of L2 tables have 16 bytes, not 8.
    package var hasExtendedL2: Bool { incompatibleFeatures & 0b1_0000 != 0 }
    /// Features that a reader must know and this one does not.
    package var unknownFeatures: UInt64 { incompatibleFeatures & ~0b1_1111 }

    /// - Parameter bytes: the file's first `prefix` bytes, or all of a shorter one.
    /// - Throws: the first thing that is wrong.
    package init(parsing bytes: [UInt8]) throws(Qcow2Error) {
        let reader = Qcow2Reader(bytes)
        guard bytes.starts(with: [0x51, 0x46, 0x49, 0xFB]) else { throw .noMagic }
        version = try reader.number32(4)
        guard version == 2 || version == 3 else { throw .version(version) }
        clusterBits = try reader.number32(20)
        // The specification's least, and QEMU's most.
        guard (9...21).contains(clusterBits) else { throw .clusterBits(clusterBits) }
        virtualSize = try reader.number64(24)
        let method = try reader.number32(32)
        guard let encryption = Encryption(rawValue: method) else { throw .encryption(method) }
        self.encryption = encryption
        shortestFile = try reader.tableEnd()
        (l1Entries, l1Offset) = (try reader.number32(36), try reader.number64(40))
        (refcountOffset, refcountClusters) = (try reader.number64(48), try reader.number32(56))
        (snapshots, snapshotOffset) = (try reader.number32(60), try reader.number64(64))
        incompatibleFeatures = version == 3 ? try reader.number64(72) : 0
        let length = version == 3 ? Int(try reader.number32(100)) : 72
        guard version == 2 || (length >= 104 && length.isMultiple(of: 8)) else { throw .headerLength(length) }
        let cluster = 1 << Int(clusterBits)
        let extensions = try reader.extensions(from: length, to: cluster)
        backingFile = try reader.backingFile(cluster: cluster)
        backingFormat = extensions.backingFormat
        dataFile = incompatibleFeatures & 4 != 0 ? extensions.dataFile ?? "" : nil
    }
}

/// What is wrong with a qcow2 header.
package enum Qcow2Error: Error, Sendable, Hashable, CustomStringConvertible {
    /// The first four bytes are not `QFI\xFB`.
    case noMagic
    /// The bytes end before the header does.
    case tooShort
    /// One that is neither 2 nor 3.
    case version(UInt32)
    /// As it stands there, outside of 9 to 21.
    case clusterBits(UInt32)
    /// As it stands there: not 0, 1 or 2.
    case encryption(UInt32)
    /// In bytes: less than 104, or no multiple of 8.
    case headerLength(Int)
    /// The L1 or the refcount table begins or ends beyond what a file can have.
    case tables
    /// The type of the one that is too long.
    case extensionLength(UInt32)
    /// Its name is too long, or lies outside of the first cluster.
    case backingFile

    /// A clause with "it" for the image.
    package var description: String {
        switch self {
        case .noMagic: "it does not begin as a qcow2 file does"
        case .tooShort: "it ends within its header"
        case .version(let version): "it is of qcow2 version \(version); 2 and 3 are known"
        case .clusterBits(let bits): "its clusters have 2^\(bits) bytes; 2^9 to 2^21 is what QEMU takes"
        case .encryption(let method): "it is encrypted by method \(method), which is unknown"
        case .headerLength(let length): "its header says that it has \(length) bytes"
        case .tables: "its tables lie behind the end of any file"
        case .extensionLength(let type): "the header's extension 0x\(String(type, radix: 16)) is longer than its place"
        case .backingFile: "the name of its backing file lies outside its first cluster, or is longer than 1023 bytes"
        }
    }
}

/// Numbers and names at places that the file itself gives: each is checked.
private struct Qcow2Reader {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func number32(_ offset: Int) throws(Qcow2Error) -> UInt32 { UInt32(truncatingIfNeeded: try number(offset, 4)) }

    func number64(_ offset: Int) throws(Qcow2Error) -> UInt64 { try number(offset, 8) }

    private func number(_ offset: Int, _ count: Int) throws(Qcow2Error) -> UInt64 {
        try slice(offset, count).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func slice(_ offset: Int, _ count: Int) throws(Qcow2Error) -> ArraySlice<UInt8> {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { throw .tooShort }
        return bytes[offset..<offset + count]
    }

    /// Where the L1 table ends, and where the refcount table begins: both lie within the file.
    func tableEnd() throws(Qcow2Error) -> UInt64 {
        let entries = UInt64(try number32(36))
        let (end, overflow) = try number64(40).addingReportingOverflow(entries * 8)
        let refcounts = try number64(48)
        guard !overflow, max(end, refcounts) <= UInt64(Int64.max) else { throw .tables }
        return max(end, refcounts)
    }

    /// They end with the first cluster, or with one of type 0.
    func extensions(
        from start: Int, to cluster: Int
    ) throws(Qcow2Error) -> (backingFormat: String?, dataFile: String?) {
        var found: (backingFormat: String?, dataFile: String?)
        let backing = try number64(8)
        let end = backing == 0 ? cluster : Int(clamping: min(backing, UInt64(cluster)))
        var offset = start
        while offset <= end - 8, offset <= bytes.count - 8 {
            let type = try number32(offset)
            guard type != 0 else { break }
            // As 64 bits are enough for 32 of them, and offset is within the bytes.
            let length = Int(try number32(offset + 4))
            guard length <= end - offset - 8 else { throw .extensionLength(type) }
            if type == 0xE279_2ACA { found.backingFormat = text(of: try slice(offset + 8, length)) }
            if type == 0x4441_5441 { found.dataFile = text(of: try slice(offset + 8, length)) }
            offset += 8 + (length + 7) / 8 * 8
        }
        return found
    }

    func backingFile(cluster: Int) throws(Qcow2Error) -> String? {
        let offset = try number64(8)
        guard offset != 0 else { return nil }
        let length = try number32(16)
        // A name may be longer than the smallest cluster, so nothing is subtracted before that is known.
        guard length <= 1023, let start = Int(exactly: offset), start <= cluster, length <= cluster - start else {
            throw .backingFile
        }
        return text(of: try slice(start, Int(length)))
    }
}
