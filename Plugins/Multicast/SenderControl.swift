import Glibc
import LinuxKit

/// What tells a sender and its receivers something from outside: udpcast's own packets (docs/linbo.md#multicast).
struct SenderControl: Sendable {
    let channel: Channel

    /// The sender begins at once, with those that have joined.
    /// - Throws: `SystemError`.
    func go() throws(SystemError) {
        let socket = try Datagrams(from: channel.server, port: channel.port)
        try socket.send(Self.packet(.go), to: channel.server, port: channel.port + 1)
    }

    /// The sender goes on without one receiver. It believes only the receiver itself, whose address the packet has.
    /// - Throws: `SystemError`: that takes CAP_NET_ADMIN or CAP_NET_RAW.
    func drop(_ receiver: [UInt8]) throws(SystemError) {
        let socket = try Datagrams(from: receiver, port: channel.port, isForeign: true)
        try socket.send(Self.packet(.disconnect), to: channel.server, port: channel.port + 1)
    }

    /// Receivers of a sender that is gone would wait for ever. They end with an error when they hear of a piece that lies
    /// far ahead, and LINBO fetches the image with rsync.
    /// - Parameter receivers: those of the last round: a single one is sent to by its own address.
    /// - Throws: `SystemError`.
    func release(_ receivers: [[UInt8]]) throws(SystemError) {
        let socket = try Datagrams(from: channel.server, port: channel.port + 1)
        for place in [channel.dataAddress, channel.broadcast] + receivers {
            try socket.send(Self.farAhead, to: place, port: channel.port)
        }
    }

    private enum Code: UInt16 {
        case go = 2
        case disconnect = 4
        /// The sender asks whether a slice has arrived.
        case requestAcknowledgement = 6
    }

    private static func packet(_ code: Code) -> [UInt8] { [0, UInt8(code.rawValue), 0, 0] }

    /// Slice 2³¹ − 1, no bytes, no retransmission; nobody has acknowledged it.
    private static let farAhead: [UInt8] =
        packet(.requestAcknowledgement) + [0x7F, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 8 + 128)
}

/// A UDP socket to send from.
private final class Datagrams {
    private let descriptor: Int32

    /// - Parameter isForeign: the address is another machine's.
    init(from address: [UInt8], port: UInt16, isForeign: Bool = false) throws(SystemError) {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket", "UDP") }
        // The sender may have the port, too.
        try set(SOL_SOCKET, SO_REUSEADDR, 1)
        try set(SOL_SOCKET, SO_BROADCAST, 1)
        if isForeign {
            try set(Int32(IPPROTO_IP), IP_TRANSPARENT, 1)
        } else {
            var interface = in_addr()
            withUnsafeMutableBytes(of: &interface) { $0.copyBytes(from: address.prefix($0.count)) }
            try set(Int32(IPPROTO_IP), IP_MULTICAST_IF, interface)
        }
        let name = SocketName(address, port: port)
        guard name.withPointer({ bind(descriptor, $0, $1) }) == 0 else { throw SystemError("bind", "UDP \(port)") }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private func set<Value: BitwiseCopyable>(_ level: Int32, _ option: Int32, _ value: Value) throws(SystemError) {
        let code = withUnsafeBytes(of: value) {
            setsockopt(descriptor, level, option, $0.baseAddress, socklen_t($0.count))
        }
        guard code == 0 else { throw SystemError("setsockopt", "UDP") }
    }

    func send(_ bytes: [UInt8], to address: [UInt8], port: UInt16) throws(SystemError) {
        let sent = SocketName(address, port: port).withPointer {
            sendto(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT), $0, $1)
        }
        guard sent == bytes.count else { throw SystemError("send", "UDP \(port)") }
    }
}
