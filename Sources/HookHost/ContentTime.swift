/// A modification time that follows the bytes: the same bytes have the same time over restarts, on every server and in
/// `once`, without anything being stored; other bytes have another one.
///
/// A 64-bit FNV-1a hash is spread over the seconds of 2000-01-01 to 2025-12-31. Two contents of one host and the same
/// length share a time with a chance of 1 in 820 million.
package enum ContentTime {
    /// 2000-01-01 00:00 UTC.
    static let first: Int64 = 946_684_800
    /// 26 years.
    static let span: UInt64 = 820_540_800

    /// Seconds since 1970, between 2000 and 2026; the same bytes always have the same time.
    package static func seconds(for bytes: [UInt8]) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        // FNV's low bits are weak for short inputs; the high half is folded in.
        return first + Int64((hash ^ (hash >> 32)) % span)
    }
}
