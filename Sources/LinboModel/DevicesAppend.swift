extension Devices {
    /// A devices.csv with one row more: what was there stays byte for byte, a missing newline before the row is fixed,
    /// and the new line ends as the others do.
    /// - Parameter row: ASCII, without a newline.
    /// - Returns: the new bytes, and the row's line, 1-based.
    package static func appending(_ row: String, to bytes: [UInt8]) -> (bytes: [UInt8], line: Int) {
        let newline = UInt8(ascii: "\n")
        let lines = lines(of: bytes)
        let end = ending(of: bytes)
        var result = bytes
        if lines.last?.isEnded == false { result += bytes.last == UInt8(ascii: "\r") ? [newline] : end }
        result += Array(row.utf8) + end
        return (result, lines.count + 1)
    }

    /// CRLF if the last line that is ended has it.
    private static func ending(of bytes: [UInt8]) -> [UInt8] {
        let newline = UInt8(ascii: "\n")
        let carriageReturn = UInt8(ascii: "\r")
        guard let last = bytes.lastIndex(of: newline), last > 0, bytes[last - 1] == carriageReturn else {
            return [newline]
        }
        return [carriageReturn, newline]
    }
}
