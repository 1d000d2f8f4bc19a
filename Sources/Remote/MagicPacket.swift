package import LinboModel

/// What a network card that sleeps looks for (AMD's Magic Packet): six bytes of ones, then its address sixteen times.
package enum MagicPacket {
    /// 102 bytes.
    package static func bytes(for mac: MACAddress) -> [UInt8] {
        Array(repeating: 0xFF, count: 6) + (0..<16).flatMap { _ in mac.bytes }
    }
}
