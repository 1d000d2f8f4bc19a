import Glibc
import LinboModel

/// All tables of a qcow2 file (QEMU, docs/interop/qcow2.txt), held against its size: an image that was cut off, or
/// whose tables lead elsewhere, syncs to a room full of broken disks. Reads some 8 MiB for 60 GiB, and no data.
///
/// L1 tables, of the disk and of its snapshots, name L2 tables; these name clusters of data. The refcount table names
/// blocks. Whether refcounts are right is for `qemu-img check`: a reader does not look at them.
struct Qcow2Tables {
    private let header: Qcow2Header
    private let file: Int32
    private let size: UInt64
    private let cluster: UInt64
    private var seen: Set<UInt64> = []

    /// What a table leads to that is not there.
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// QEMU's own limits (block/qcow2.h): an L1 table of 32 MiB, 65,536 snapshots.
    private static let l1Limit: UInt64 = 32 << 20
    private static let snapshotLimit: UInt32 = 65_536
    /// A refcount table for more than the largest file.
    private static let refcountLimit: UInt64 = 8 << 20

    /// Bits 9 to 55 of an entry: where a table or a cluster lies.
    private static let offsetBits: UInt64 = 0x00FF_FFFF_FFFF_FE00

    init(_ header: Qcow2Header, _ file: Int32, size: UInt64) {
        self.header = header
        self.file = file
        self.size = size
        cluster = 1 << UInt64(header.clusterBits)
    }

    /// - Throws: `Fault`
    mutating func check() throws(Fault) {
        try checkRefcounts()
        let needed = needed
        guard UInt64(header.l1Entries) >= needed else {
            throw Fault(description: "its L1 table has \(header.l1Entries) entries, and its disk needs \(needed)")
        }
        try checkL1(at: header.l1Offset, entries: header.l1Entries, of: "the disk")
        try checkSnapshots()
    }

    /// Entries of an L1 table for the whole disk; rounded up.
    private var needed: UInt64 {
        let entries = cluster / (header.hasExtendedL2 ? 16 : 8)
        let (span, isTooMuch) = cluster.multipliedReportingOverflow(by: entries)
        return isTooMuch ? 1 : (header.virtualSize - 1) / span + 1
    }

    // MARK: Refcounts

    private func checkRefcounts() throws(Fault) {
        let (length, isTooMuch) = UInt64(header.refcountClusters).multipliedReportingOverflow(by: cluster)
        guard !isTooMuch, length <= Self.refcountLimit, header.refcountClusters > 0 else {
            throw Fault(description: "its refcount table has \(header.refcountClusters) clusters")
        }
        let table = try read(header.refcountOffset, Int(length), "the refcount table")
        try eachEntry(of: table) { entry throws(Fault) in
            let block = entry & ~511
            if block != 0 { try mustLie(block, "a refcount block") }
        }
    }

    // MARK: L1, L2

    private mutating func checkL1(at offset: UInt64, entries: UInt32, of whom: String) throws(Fault) {
        let length = UInt64(entries) * 8
        guard length <= Self.l1Limit else { throw Fault(description: "the L1 table of \(whom) has \(entries) entries") }
        guard entries > 0 else { return }
        let table = try read(offset, Int(length), "the L1 table of \(whom)")
        var tables: [UInt64] = []
        try eachEntry(of: table) { entry throws(Fault) in
            let table = entry & Self.offsetBits
            if table != 0 { tables.append(table) }
        }
        for table in tables where seen.insert(table).inserted { try checkL2(at: table) }
    }

    private func checkL2(at offset: UInt64) throws(Fault) {
        let table = try read(offset, Int(cluster), "an L2 table")
        let step = header.hasExtendedL2 ? 16 : 8
        // A compressed cluster's place has this many bits; what is above counts its sectors.
        let bits = UInt64(62 - (header.clusterBits - 8))
        let compressed: UInt64 = 1 << 62
        try eachEntry(of: table, step: step) { entry throws(Fault) in
            if entry & compressed != 0 {
                let place = entry & ((1 << bits) - 1)
                let sectors = (entry & (compressed - 1)) >> bits
                // The last sector of a file need not be whole.
                guard (place & ~511) + sectors * 512 < size else {
                    throw Fault(description: "an L2 table leads to \(place), behind the end at \(size)")
                }
            } else if case let place = entry & Self.offsetBits, place != 0 {
                // Of the last cluster a part may be missing: it reads as zeros.
                guard place < size else {
                    throw Fault(description: "an L2 table leads to \(place), behind the end at \(size)")
                }
                guard place & (cluster - 1) == 0 else {
                    throw Fault(description: "an L2 table leads to \(place), which is no cluster's begin")
                }
            }
        }
    }

    // MARK: Snapshots

    /// | 0 L1 offset | 8 L1 entries | 12 length of the id | 14 of the name | 36 of extra data | 40 extra data, id, name
    /// |
    private mutating func checkSnapshots() throws(Fault) {
        guard header.snapshots > 0 else { return }
        guard header.snapshots <= Self.snapshotLimit else {
            throw Fault(description: "it has \(header.snapshots) snapshots")
        }
        var offset = header.snapshotOffset
        for _ in 0..<header.snapshots {
            let entry = try read(offset, 40, "the table of snapshots")
            func number(_ start: Int, _ count: Int) -> UInt64 {
                entry[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
            }
            try checkL1(at: number(0, 8), entries: UInt32(number(8, 4)), of: "a snapshot")
            let length = 40 + number(36, 4) + number(12, 2) + number(14, 2)
            offset += (length + 7) / 8 * 8
        }
    }

    // MARK: Bytes

    private func mustLie(_ offset: UInt64, _ what: String) throws(Fault) {
        guard offset < size, cluster <= size - offset else {
            throw Fault(description: "\(what) lies at \(offset), and the file ends at \(size)")
        }
        guard offset & (cluster - 1) == 0 else {
            throw Fault(description: "\(what) lies at \(offset), which is no cluster's begin")
        }
    }

    private func eachEntry(
        of table: [UInt8], step: Int = 8, _ body: (UInt64) throws(Fault) -> Void
    ) throws(Fault) {
        var index = 0
        while index + 8 <= table.count {
            let entry = table.withUnsafeBytes {
                UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            }
            if entry != 0 { try body(entry) }
            index += step
        }
    }

    private func read(_ offset: UInt64, _ count: Int, _ what: String) throws(Fault) -> [UInt8] {
        guard offset <= size, UInt64(count) <= size - offset else {
            throw Fault(description: "\(what) lies at \(offset), and the file ends at \(size)")
        }
        var done = 0
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while done < count {
                let got = pread(file, buffer.baseAddress?.advanced(by: done), count - done, off_t(offset) + off_t(done))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { break }
                done += got
            }
            filled = done
        }
        guard done == count else {
            let reason = failure == 0 ? "the file became shorter" : String(cString: strerror(failure))
            throw Fault(description: "\(what) can't be read: \(reason)")
        }
        return bytes
    }
}
