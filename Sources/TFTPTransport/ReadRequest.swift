/// RFC 1350 §5; both in any case of letters. `mail` is obsolete.
package enum TransferMode: String, Sendable {
    case octet, netascii
}

/// A client's request for a file, taken apart; what it means is decided elsewhere.
///
///     | opcode 1 | name | 0 | mode | 0 | option | 0 | value | 0 | …      RFC 1350 §5, RFC 2347
package struct ReadRequest: Sendable, Hashable {
    /// A wish of the client's (RFC 2347); whether it is understood is told elsewhere.
    package struct Option: Sendable, Hashable {
        /// As the client wrote it: the answer repeats it so.
        package let name: [UInt8]
        /// Digits in ASCII for all options that are known.
        package let value: [UInt8]
    }

    /// As it came: `RequestedName` makes a path of it.
    package let name: [UInt8]
    /// `octet` sends bytes as they are, `netascii` text with CR LF (RFC 764).
    package let mode: TransferMode
    /// In the client's order, at most 32; what follows is ignored.
    package let options: [Option]

    /// RFC 2347 allows 512 bytes; clients that pad further are served, but nobody needs more than this.
    static let sizeLimit = 4096
    static let optionLimit = 32

    /// - Throws: `RequestError`: which answer the client gets.
    package init(_ bytes: UnsafeRawBufferPointer) throws(RequestError) {
        guard bytes.count >= 4, bytes.count <= Self.sizeLimit else { throw .malformed("not a request") }
        guard bytes[0] == 0 else { throw .malformed("not a request") }
        guard bytes[1] == UInt8(Opcode.readRequest.rawValue) else {
            guard bytes[1] == UInt8(Opcode.writeRequest.rawValue) else { throw .malformed("not a request") }
            throw .writeRequest
        }
        var strings = StringReader(bytes[2...])
        guard let name = strings.next() else { throw .malformed("the name has no end") }
        guard let mode = strings.next() else { throw .malformed("the mode is missing or has no end") }
        guard !name.isEmpty else { throw .malformed("the name is empty") }
        guard let known = TransferMode(rawValue: String(decoding: mode.map(lowercased), as: UTF8.self)) else {
            throw .malformed("unknown mode; octet and netascii are served")
        }
        self.name = name
        self.mode = known
        options = try Self.options(&strings)
    }

    private static func options(_ strings: inout StringReader) throws(RequestError) -> [Option] {
        var options: [Option] = []
        while !strings.isAtEnd, options.count < optionLimit {
            guard let name = strings.next() else { throw .malformed("an option has no end") }
            // A last name without a value asks for nothing.
            if strings.isAtEnd { break }
            guard let value = strings.next() else { throw .malformed("an option's value has no end") }
            options.append(Option(name: name, value: value))
        }
        return options
    }
}

/// Why a packet is no request to read.
package enum RequestError: Error, Sendable, Hashable {
    case writeRequest
    case malformed(String)
}

/// Strings that each end with a NUL.
private struct StringReader {
    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ bytes: Slice<UnsafeRawBufferPointer>) {
        rest = bytes
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// nil, and nothing read, if no NUL follows.
    mutating func next() -> [UInt8]? {
        guard let end = rest.firstIndex(of: 0) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return Array(rest[..<end])
    }
}

/// ASCII only: names of options and modes are.
func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
