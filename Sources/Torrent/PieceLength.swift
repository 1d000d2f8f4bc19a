/// How an image is cut.
package enum PieceLength {
    /// What LINBO 4.3 clients make, too.
    package static let standard = 512 << 10
    /// Powers of two in here are what every client takes.
    package static let range = 16 << 10...16 << 20
    /// 20 MiB of hashes: 512 GiB at the standard length.
    package static let pieceLimit = 1 << 20

    /// A power of two within `range`.
    package static func isValid(_ length: Int) -> Bool {
        range.contains(length) && length.nonzeroBitCount == 1
    }

    /// How many pieces a file has; nil if they are too many.
    static func count(_ length: Int64, in pieceLength: Int) -> Int? {
        guard length >= 0, pieceLength > 0 else { return nil }
        let (whole, rest) = length.quotientAndRemainder(dividingBy: Int64(pieceLength))
        let count = whole + (rest > 0 ? 1 : 0)
        return count <= Int64(pieceLimit) ? Int(count) : nil
    }
}
