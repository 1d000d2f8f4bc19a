/// A call with its arguments, as bytes on the socket. All numbers are big-endian.
///
///     | 'L' | 'H' | version 1 | call | length of what follows: 4 bytes |
///     | for each field:  length: 4 bytes | bytes |
///
/// A field is an environment entry, `NAME=value`, as rsyncd passed it.
package struct HookFrame: Sendable, Equatable {
    /// In bytes: letters, version, call and length.
    package static let headerLength = 8
    /// rsync's own limit of its arguments is far below; a longer frame is refused unread.
    package static let maximumLength = 1 << 20
    static let version: UInt8 = 1

    /// Which of rsyncd's hooks runs.
    package let call: HookCall
    /// Entries of the environment as bytes, which need not be text.
    package let fields: [[UInt8]]

    /// A frame to be sent; `encoded` checks its length.
    package init(call: HookCall, fields: [[UInt8]] = []) {
        self.call = call
        self.fields = fields
    }

    /// The whole frame.
    /// - Throws: `.tooLong` if the fields together are over the limit.
    package func encoded() throws(HookFrameError) -> [UInt8] {
        let length = fields.reduce(0) { $0 + 4 + $1.count }
        guard length <= Self.maximumLength else { throw .tooLong(length) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerLength + length)
        bytes += [UInt8(ascii: "L"), UInt8(ascii: "H"), Self.version, call.rawValue]
        bytes.appendBigEndian(UInt32(length))
        for field in fields {
            bytes.appendBigEndian(UInt32(field.count))
            bytes += field
        }
        return bytes
    }

    /// The call and the number of bytes that follow the header.
    package static func header(
        _ bytes: ArraySlice<UInt8>
    ) throws(HookFrameError) -> (call: HookCall, length: Int) {
        var reader = ByteReader(bytes)
        guard let first = reader.byte(), let second = reader.byte(), let version = reader.byte(),
            let code = reader.byte(), let length = reader.bigEndian32()
        else { throw .cutOff }
        guard first == UInt8(ascii: "L"), second == UInt8(ascii: "H") else { throw .notAFrame }
        guard version == Self.version else { throw .version(version) }
        guard let call = HookCall(rawValue: code) else { throw .unknownCall(code) }
        guard length <= maximumLength else { throw .tooLong(Int(length)) }
        return (call, Int(length))
    }

    /// - Parameter payload: what follows the header, whole.
    package init(call: HookCall, payload: ArraySlice<UInt8>) throws(HookFrameError) {
        var reader = ByteReader(payload)
        var fields: [[UInt8]] = []
        fields.reserveCapacity(24)
        while !reader.isAtEnd {
            guard let field = reader.field() else { throw .cutOff }
            fields.append(Array(field))
        }
        self.init(call: call, fields: fields)
    }
}

/// Why bytes are no frame: cut off, of another version, or not of `linbo-hook` at all.
package enum HookFrameError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It does not begin with `LH`.
    case notAFrame
    /// A field, or the header, is longer than the bytes that are left.
    case cutOff
    /// The one that came.
    case version(UInt8)
    /// Its byte, which is none of `HookCall`.
    case unknownCall(UInt8)
    /// In bytes, without the header.
    case tooLong(Int)

    /// For the daemon's log, and for the client that `linbo-hook` refuses.
    package var description: String {
        switch self {
        case .notAFrame: "not a frame of linbo-hook"
        case .cutOff: "a frame that ends too early"
        case .version(let version): "version \(version) of the hook protocol; linbo-hook and linbo-hookd must match"
        case .unknownCall(let code): "unknown call \(code); linbo-hook and linbo-hookd must match"
        case .tooLong(let length): "a request of \(length) bytes; \(HookFrame.maximumLength) is the limit"
        }
    }
}
