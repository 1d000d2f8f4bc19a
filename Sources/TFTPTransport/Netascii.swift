/// The netascii of RFC 764, as RFC 1350 §1 wants it: a line ends with CR LF, a CR that ends none is CR NUL.
package enum Netascii {
    /// Line ends of Unix become CR LF.
    package static func encode(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(bytes.count + bytes.count / 16)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"): encoded += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
            case UInt8(ascii: "\r"): encoded += [UInt8(ascii: "\r"), 0]
            default: encoded.append(byte)
            }
        }
        return encoded
    }
}
