import CLinux
import Glibc
import LinboModel

/// A client's address and port, as a value to look up by.
struct Peer: Hashable, Sendable {
    /// An IPv4 address is mapped (`::ffff:…`).
    private let high: UInt64
    private let low: UInt64
    private let scope: UInt32
    let port: UInt16
    let isIPv4: Bool

    /// nil for an address of another family.
    init?(_ name: UnsafeRawPointer) {
        switch Int32(name.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET:
            let address = name.loadUnaligned(as: sockaddr_in.self)
            (high, low) = (0, 0xFFFF << 32 | UInt64(UInt32(bigEndian: address.sin_addr.s_addr)))
            (scope, port, isIPv4) = (0, UInt16(bigEndian: address.sin_port), true)
        case AF_INET6:
            let address = name.loadUnaligned(as: sockaddr_in6.self)
            let halves = withUnsafeBytes(of: address.sin6_addr) { bytes in
                (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            (high, low) = (UInt64(bigEndian: halves.0), UInt64(bigEndian: halves.1))
            (scope, port, isIPv4) = (address.sin6_scope_id, UInt16(bigEndian: address.sin6_port), false)
        default: return nil
        }
    }

    /// The address alone: what limits and figures go by.
    struct Source: Hashable, Sendable {
        fileprivate let high: UInt64
        fileprivate let low: UInt64
    }

    var source: Source { Source(high: high, low: low) }

    var address: IPAddress {
        if isIPv4 { return IPAddress(v4: UInt32(truncatingIfNeeded: low)) }
        let bytes = [high, low].flatMap { half in withUnsafeBytes(of: half.bigEndian) { Array($0) } }
        return IPAddress(bytes: bytes) ?? IPAddress(v4: 0)
    }
}

/// The address of this machine that a client asked, from which it is answered (RFC 1123 §4.1.3.5 in spirit: multihomed
/// hosts).
struct LocalAddress: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64
    let interface: UInt32
    /// 4 or 16; 0 lets the kernel choose.
    let length: Int

    static let any = LocalAddress(high: 0, low: 0, interface: 0, length: 0)

    private init(high: UInt64, low: UInt64, interface: UInt32, length: Int) {
        (self.high, self.low, self.interface, self.length) = (high, low, interface, length)
    }

    init(of message: UnsafePointer<msghdr>) {
        var bytes: (UInt64, UInt64) = (0, 0)
        var interface: UInt32 = 0
        let length = withUnsafeMutableBytes(of: &bytes) { buffer in
            clinux_local_address(message, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), &interface)
        }
        self.init(high: bytes.0, low: bytes.1, interface: interface, length: length)
    }

    /// This address, or the socket's own, with the socket's port.
    func listenAddress(beside socket: UDPSocket) -> ListenAddress {
        let bytes = withUnsafeBytes(of: (high, low)) { Array($0.prefix(length)) }
        return ListenAddress(address: IPAddress(bytes: bytes) ?? socket.address, port: socket.port)
    }

    /// Writes control messages for a packet of this address.
    /// - Parameter segment: the size of the packets that the kernel cuts it into; 0 for one packet.
    /// - Returns: their length.
    func writeControl(_ control: UnsafeMutablePointer<UInt8>, segment: Int) -> Int {
        withUnsafeBytes(of: (high, low)) { bytes in
            clinux_send_control(
                control, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), length, interface, UInt16(segment))
        }
    }
}
