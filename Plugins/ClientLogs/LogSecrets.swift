/// Passwords in a PC's log. LINBO writes each command that it does into linbo.log, and before an upload that is
/// `linbo:<password>` (docs/linbo.md#boot-commands).
enum LogSecrets {
    /// What stands before a password: in a boot command, and in the environment of the client's rsync.
    private static let marks = ["linbo:", "RSYNC_PASSWORD="].map { Array($0.utf8) }
    private static let stars = Array("*****".utf8)

    /// A log from some byte on, with stars for its passwords.
    /// - Parameters:
    ///   - bytes: all of it, as a password may have begun before.
    ///   - start: what stands before is known.
    static func removed(from bytes: [UInt8], since start: Int = 0) -> [UInt8] {
        var result: [UInt8] = []
        var place = min(max(start, 0), bytes.count)
        for password in passwords(in: bytes) where password.upperBound > place {
            result += bytes[place..<max(place, password.lowerBound)] + stars
            place = password.upperBound
        }
        return result + bytes[place...]
    }

    /// One ends where LINBO's client ends it: at a comma, a blank, or the line's end.
    private static func passwords(in bytes: [UInt8]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var place = 0
        while place < bytes.count {
            guard let mark = marks.first(where: { bytes[place...].starts(with: $0) }) else {
                place += 1
                continue
            }
            let begin = place + mark.count
            let end = bytes[begin...].firstIndex { $0 <= 0x20 || $0 == UInt8(ascii: ",") } ?? bytes.count
            if end > begin { ranges.append(begin..<end) }
            place = end
        }
        return ranges
    }
}
