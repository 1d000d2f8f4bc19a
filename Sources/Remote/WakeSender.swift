import CLinux
import Glibc
package import LinboModel
package import LinuxKit

/// Sends packets that wake PCs (docs/linbo.md#wake-on-lan).
package enum WakeSender {
    /// The discard service's; cards look at no port.
    private static let port: UInt16 = 9
    /// A packet that is lost is not sent again by anybody else.
    private static let repetitions = 3

    /// - Parameter places: from `BroadcastPlaces`.
    /// - Throws: if none of them can be sent to.
    package static func wake(_ mac: MACAddress, at places: [IPAddress]) throws(SystemError) {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw SystemError("socket", "") }
        defer { close(descriptor) }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_BROADCAST, &one, socklen_t(MemoryLayout<Int32>.size))
        let packet = MagicPacket.bytes(for: mac)
        var error: SystemError?
        var sent = 0
        for place in places {
            for _ in 0..<repetitions {
                if send(packet, to: place, from: descriptor) {
                    sent += 1
                } else {
                    error = SystemError("send to", "\(place)")
                }
            }
        }
        if sent == 0, let error { throw error }
    }

    /// The EtherType of such frames.
    private static let etherType: UInt16 = 0x0842

    /// By frames of Ethernet, on all networks of this machine: for cards that look at no IP.
    /// - Throws: if none could be sent; it takes CAP_NET_RAW, and AF_PACKET in the unit.
    package static func wakeByFrame(_ mac: MACAddress) throws(SystemError) {
        let packet = MagicPacket.bytes(for: mac)
        for _ in 0..<repetitions {
            guard clinux_broadcast_frame(etherType, packet, packet.count) > 0 else {
                throw SystemError("send a frame of Ethernet", "")
            }
        }
    }

    private static func send(_ packet: [UInt8], to place: IPAddress, from descriptor: Int32) -> Bool {
        SocketName(place.bytes, port: port).withPointer {
            sendto(descriptor, packet, packet.count, 0, $0, $1)
        } == packet.count
    }
}
