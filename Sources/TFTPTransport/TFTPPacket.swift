/// What a TFTP packet means, by its first two bytes (RFC 1350 §5; OACK: RFC 2347).
package enum Opcode: UInt16, Sendable {
    case readRequest = 1
    case writeRequest = 2
    case data = 3
    case acknowledgement = 4
    case error = 5
    case optionAcknowledgement = 6
}

/// RFC 1350, appendix; 8: RFC 2347.
package enum TFTPErrorCode: UInt16, Sendable {
    case notDefined = 0
    case fileNotFound = 1
    case accessViolation = 2
    case diskFull = 3
    case illegalOperation = 4
    case unknownTransferID = 5
    case fileExists = 6
    case noSuchUser = 7
    case optionsRefused = 8
}

/// What a client may send once a transfer runs.
package enum ClientPacket: Sendable, Equatable {
    ///     | opcode 4 | block: 2 bytes |      RFC 1350 §5, figure 5-3
    case acknowledgement(UInt16)
    ///     | opcode 5 | code: 2 bytes | text | 0 |      RFC 1350 §5, figure 5-4
    case error(UInt16, text: String)
    /// A request that came to the port of a transfer, or to the listening port.
    case request
    /// DATA and OACK, which no client of a read-only server sends.
    case unexpected
    /// Too short, or an opcode that RFC 1350 does not know.
    case malformed

    /// Errors' texts come from clients: what is kept of them is short, and printable.
    static let textLimit = 120

    /// - Parameter bytes: a datagram's payload.
    package init(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 2 else {
            self = .malformed
            return
        }
        let number = bytes.count >= 4 ? UInt16(bytes[2]) << 8 | UInt16(bytes[3]) : 0
        switch (Opcode(rawValue: UInt16(bytes[0]) << 8 | UInt16(bytes[1])), bytes.count >= 4) {
        case (.acknowledgement, true): self = .acknowledgement(number)
        case (.error, true): self = .error(number, text: Self.printable(bytes.dropFirst(4).prefix { $0 != 0 }))
        case (.readRequest, _), (.writeRequest, _): self = .request
        case (.data, _), (.optionAcknowledgement, _): self = .unexpected
        default: self = .malformed
        }
    }

    private static func printable(_ bytes: some Sequence<UInt8>) -> String {
        String(
            decoding: bytes.prefix(textLimit).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") },
            as: UTF8.self)
    }
}

/// Packets that a server sends, but for DATA, whose header is written where it is sent.
package enum ServerPacket {
    ///     | opcode 5 | code: 2 bytes | text | 0 |
    package static func error(_ code: TFTPErrorCode, _ text: String) -> [UInt8] {
        var bytes = opcode(.error)
        bytes.appendBigEndian(code.rawValue)
        // PXE ROMs show it on one line of a screen; a NUL ends it.
        bytes += text.utf8.prefix(ClientPacket.textLimit).filter { $0 != 0 }
        return bytes + [0]
    }

    ///     | opcode 6 | name | 0 | value | 0 | …      RFC 2347
    package static func optionAcknowledgement(_ options: [AgreedOption]) -> [UInt8] {
        var bytes = opcode(.optionAcknowledgement)
        for option in options {
            bytes += option.name + [0]
            bytes += Array(String(option.value).utf8) + [0]
        }
        return bytes
    }

    private static func opcode(_ opcode: Opcode) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBigEndian(opcode.rawValue)
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func appendBigEndian(_ number: UInt16) {
        append(UInt8(truncatingIfNeeded: number >> 8))
        append(UInt8(truncatingIfNeeded: number))
    }
}
