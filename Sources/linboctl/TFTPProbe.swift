import Glibc
import HookHost
import LinboModel
import LinuxKit

/// The least that is a TFTP client (RFC 1350): octet, blocks of 512 bytes, each asked for again after a second.
struct TFTPProbe {
    private let server: IPAddress
    private let port: UInt16
    /// Milliseconds until a packet is sent again.
    private let patience: Int

    private static let attempts = 5
    private static let block = 512
    private static let limit = 64 << 20

    init(_ server: IPAddress, _ port: UInt16, patience: Int = 1000) {
        self.server = server
        self.port = port
        self.patience = patience
    }

    /// - Throws: `ProbeFailure`, with the server's own words if it sent an error.
    func fetch(_ path: TreePath) throws(ProbeFailure) -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ProbeFailure("\(SystemError("socket", "UDP"))") }
        defer { close(descriptor) }
        var peer = SocketName(server.bytes, port: port)
        var packet: [UInt8] = [0, 1] + Array(path.text.utf8) + [0] + Array("octet".utf8) + [0]
        var bytes: [UInt8] = []
        var expected: UInt16 = 1
        var isAnswered = false
        while bytes.count <= Self.limit {
            let answer = try exchange(packet, descriptor, &peer, expected, isAnswered)
            isAnswered = true
            bytes += answer.dropFirst(4)
            packet = [0, 4, UInt8(expected >> 8), UInt8(expected & 255)]
            guard answer.count == Self.block + 4 else {
                send(packet, descriptor, peer)
                return bytes
            }
            expected &+= 1
        }
        throw ProbeFailure("more than \(Self.limit) bytes came")
    }

    /// Sends a packet until the block that it asks for has come.
    private func exchange(
        _ packet: [UInt8], _ descriptor: Int32, _ peer: inout SocketName, _ expected: UInt16, _ isAnswered: Bool
    ) throws(ProbeFailure) -> [UInt8] {
        for _ in 0..<Self.attempts {
            send(packet, descriptor, peer)
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Of all that comes meanwhile: whoever sends something else without a pause must not be waited for.
            let deadline = Deadline(inMilliseconds: patience)
            while poll(&wait, 1, deadline.remaining) > 0, !deadline.hasPassed {
                guard let (answer, from) = receive(descriptor), from.address == peer.address,
                    !isAnswered || from.port == peer.port
                else { continue }
                if answer.starts(with: [0, 5]) {
                    let words = String(decoding: answer.dropFirst(4).prefix { $0 != 0 }, as: UTF8.self)
                    throw ProbeFailure("the server says: \(printable(words, most: sentenceLimit))")
                }
                guard answer.count >= 4, answer.starts(with: [0, 3, UInt8(expected >> 8), UInt8(expected & 255)]) else {
                    continue
                }
                // It answers from a port of the transfer's own.
                peer = from
                return answer
            }
        }
        throw ProbeFailure(
            isAnswered
                ? "the transfer broke off at block \(expected)"
                : "no answer within \(Self.attempts) s: no TFTP server listens there, or a firewall is in the way "
                    + "(`ss -ulpn`, tftp.listen)")
    }

    private func send(_ packet: [UInt8], _ descriptor: Int32, _ peer: SocketName) {
        _ = peer.withPointer { sendto(descriptor, packet, packet.count, Int32(MSG_NOSIGNAL), $0, $1) }
    }

    private func receive(_ descriptor: Int32) -> ([UInt8], SocketName)? {
        var buffer = [UInt8](repeating: 0, count: 2048)
        var from = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &from) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT), $0, &length)
            }
        }
        return count > 0 ? (Array(buffer.prefix(count)), SocketName(from)) : nil
    }
}
