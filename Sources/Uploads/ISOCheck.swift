import Glibc
import HookHost
import LinuxKit

/// What must be true of an ISO before it goes live: an ISO 9660 volume that is all there (ECMA-119).
enum ISOCheck {
    private static let sector: Int64 = 2048
    /// The volume descriptors begin in sector 16; so many are looked at.
    private static let descriptors: ClosedRange<Int64> = 16...47

    /// - Throws: `Refusal`, `SystemError`.
    static func check(_ file: String) throws {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw SystemError("open", file) }
        defer { close(descriptor) }
        guard let size = FileStatus(descriptor: descriptor)?.size else { throw SystemError("fstat", file) }
        for number in descriptors {
            guard let volume = read(descriptor, at: number * sector), volume[1..<6].elementsEqual("CD001".utf8) else {
                break
            }
            if volume[0] == 1 { return try checkSize(volume, size) }
            if volume[0] == 255 { break }
        }
        throw Refusal("it is no ISO: it has no volume descriptor of ISO 9660")
    }

    /// | 80: volume space size, LE then BE, 4 bytes each | 128: logical block size, LE then BE, 2 bytes each |
    private static func checkSize(_ volume: [UInt8], _ size: Int64) throws(Refusal) {
        let blocks = number(volume[80..<84].reversed())
        let block = number(volume[128..<130].reversed())
        guard blocks == number(volume[84..<88]), block == number(volume[130..<132]) else {
            throw Refusal("it is no ISO: its volume descriptor contradicts itself")
        }
        guard [512, 1024, 2048].contains(block), blocks > 0 else {
            throw Refusal("it is no ISO: its volume descriptor has \(blocks) blocks of \(block) bytes")
        }
        // Both have at most 32 bits.
        guard blocks * block <= size else {
            throw Refusal("it was cut off: its volume has \(blocks * block) bytes, the file \(size)")
        }
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }

    private static func read(_ descriptor: Int32, at offset: Int64) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: Int(sector))
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
        return count == bytes.count ? bytes : nil
    }
}
