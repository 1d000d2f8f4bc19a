/// An option as it stands in the OACK.
package struct AgreedOption: Sendable, Hashable {
    /// As the client wrote it.
    package let name: [UInt8]
    /// For `tsize` bytes, for `timeout` seconds.
    package let value: Int64
}

/// What the server allows one client; wishes are clamped to it, never merged into it.
package struct OptionLimits: Sendable, Hashable {
    /// Bytes; at most 65464 (RFC 2348).
    package var blockSize: Int
    /// Blocks; RFC 7440 allows 65535.
    package var windowSize: Int
    /// By the names in lower case; a quirk of a client's.
    package var refused: Set<String> = []

    /// By default what RFC 2348 allows at most, and 64 blocks at once.
    package init(blockSize: Int = Self.greatestBlock, windowSize: Int = 64, refused: Set<String> = []) {
        self.blockSize = blockSize
        self.windowSize = windowSize
        self.refused = refused
    }

    /// RFC 2348: 8 to 65464.
    package static let greatestBlock = 65_464
    /// RFC 2348: a smaller wish is ignored.
    package static let leastBlock = 8
    /// RFC 1350 §2: without the option.
    package static let defaultBlock = 512
}

/// What client and server agreed on for one transfer.
package struct TransferOptions: Sendable, Hashable {
    /// Bytes of a DATA packet but its header.
    package private(set) var blockSize = OptionLimits.defaultBlock
    /// Blocks between two acknowledgements (RFC 7440); 1 is RFC 1350's lock-step.
    package private(set) var windowSize = 1
    /// Seconds between retransmissions, if the client asked for it.
    package private(set) var timeout: Int?
    /// What the OACK repeats; empty: the transfer begins with the first DATA (RFC 2347).
    package private(set) var agreed: [AgreedOption] = []

    /// Without options.
    package init() {}

    /// - Parameter size: of the whole content in the request's mode, for `tsize`.
    package init(_ request: ReadRequest, size: Int64, limits: OptionLimits) {
        var seen: Set<String> = []
        for option in request.options {
            let name = String(decoding: option.name.map(lowercased), as: UTF8.self)
            guard !limits.refused.contains(name), !seen.contains(name), let wish = Self.number(option.value),
                let value = take(name, wish, size: size, limits: limits)
            else { continue }
            seen.insert(name)
            agreed.append(AgreedOption(name: option.name, value: value))
        }
    }

    /// - Returns: the value to acknowledge; nil ignores the option, as RFC 2347 wants of unknown and odd ones.
    private mutating func take(_ name: String, _ wish: Int64, size: Int64, limits: OptionLimits) -> Int64? {
        switch name {
        case "blksize":  // RFC 2348
            guard wish >= Int64(OptionLimits.leastBlock) else { return nil }
            blockSize = Int(min(wish, Int64(limits.blockSize)))
            return Int64(blockSize)
        case "windowsize":  // RFC 7440
            guard (1...65_535).contains(wish) else { return nil }
            windowSize = Int(min(wish, Int64(limits.windowSize)))
            return Int64(windowSize)
        case "timeout":  // RFC 2349: 1 to 255 seconds
            guard (1...255).contains(wish) else { return nil }
            timeout = Int(wish)
            return wish
        case "tsize":  // RFC 2349: the client's 0 becomes the size
            return size
        default: return nil
        }
    }

    /// Decimal digits, nothing else.
    static func number(_ bytes: [UInt8]) -> Int64? {
        guard !bytes.isEmpty else { return nil }
        var number: Int64 = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            guard !overflow, !carry else { return nil }
            number = sum
        }
        return number
    }
}

extension TransferOptions: CustomStringConvertible {
    /// For logs: what was agreed on beside the defaults of RFC 1350.
    package var description: String {
        let parts = agreed.map { "\(String(decoding: $0.name.map(lowercased), as: UTF8.self)) \($0.value)" }
        return parts.isEmpty ? "no options" : parts.joined(separator: ", ")
    }
}
