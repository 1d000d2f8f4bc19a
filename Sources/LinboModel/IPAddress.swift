import Glibc

/// An IPv4 or IPv6 address as a value. An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`, as dual-stack sockets report it)
/// is the IPv4 address.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    private enum Storage: Sendable, Hashable {
        case v4(UInt32)
        case v6(UInt64, UInt64)
    }

    private let storage: Storage

    /// An IPv4 address from its number: 10.0.0.1 is 0x0A00_0001.
    package init(v4 number: UInt32) {
        storage = .v4(number)
    }

    /// From 4 or 16 bytes in network order; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        func number<Number: FixedWidthInteger>(_ part: some Sequence<UInt8>) -> Number {
            part.reduce(0) { $0 << 8 | Number($1) }
        }
        switch bytes.count {
        case 4: storage = .v4(number(bytes))
        case 16:
            let (high, low): (UInt64, UInt64) = (number(bytes.prefix(8)), number(bytes.dropFirst(8)))
            let isMapped = high == 0 && low >> 32 == 0xFFFF
            storage = isMapped ? .v4(UInt32(truncatingIfNeeded: low)) : .v6(high, low)
        default: return nil
        }
    }

    /// Parses four decimal numbers without leading zeros, or IPv6 as `inet_pton` does. The scope of an IPv6 address
    /// (`fe80::1%eth0`) is dropped.
    package init?(_ text: some StringProtocol) {
        self.init(parsing: Array(text.utf8)[...])
    }

    init?(parsing bytes: ArraySlice<UInt8>) {
        if let number = Self.dottedQuad(bytes) {
            self.init(v4: number)
        } else if let sixteen = Self.sixteenBytes(bytes) {
            self.init(bytes: sixteen)
        } else {
            return nil
        }
    }

    /// Also of an IPv4-mapped IPv6 address.
    package var isIPv4: Bool {
        if case .v4 = storage { true } else { false }
    }

    /// 10.0.0.1 is 0x0A00_0001; nil for an address of IPv6.
    package var v4: UInt32? {
        if case .v4(let number) = storage { number } else { nil }
    }

    /// 4 or 16 bytes in network order.
    package var bytes: [UInt8] {
        switch storage {
        case .v4(let number): (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        case .v6(let high, let low):
            [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
        }
    }

    /// 127.0.0.0/8 or ::1.
    package var isLoopback: Bool {
        switch storage {
        case .v4(let number): number >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }

    /// Whether one machine can have it: not 0.0.0.0/8, not multicast and above (224.0.0.0 …), not `::`, not ff00::/8.
    var canBeHost: Bool {
        switch storage {
        case .v4(let number): (1..<224).contains(number >> 24)
        case .v6(let high, let low): (high, low) != (0, 0) && high >> 56 != 0xFF
        }
    }

    /// Canonical: equal addresses have one text.
    package var description: String {
        if case .v4(let number) = storage {
            return "\(number >> 24).\(number >> 16 & 0xFF).\(number >> 8 & 0xFF).\(number & 0xFF)"
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "::" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension IPAddress {
    private static func dottedQuad(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        guard (7...15).contains(bytes.count) else { return nil }
        var result: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var dots = 0
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard digits == 0 || part > 0 else { return nil }  // a leading zero: octal to some, decimal to others
                part = part * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
                guard part <= 255 else { return nil }
            case UInt8(ascii: "."):
                guard digits > 0, dots < 3 else { return nil }
                (result, part, digits, dots) = (result << 8 | part, 0, 0, dots + 1)
            default: return nil
            }
        }
        return digits > 0 && dots == 3 ? result << 8 | part : nil
    }

    private static func sixteenBytes(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = split(bytes, at: UInt8(ascii: "%"))
        guard let address = parts.first, parts.count <= 2, parts.last?.isEmpty == false else { return nil }
        // `inet_pton` ends at a NUL, so only what it knows is handed to it.
        let isKnown = address.allSatisfy { hexDigit($0) != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
        guard isKnown, (2...45).contains(address.count) else { return nil }
        var result = [UInt8](repeating: 0, count: 16)
        let status = inet_pton(AF_INET6, address.map { CChar(bitPattern: $0) } + [0], &result)
        return status == 1 ? result : nil
    }
}
