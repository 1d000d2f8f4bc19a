import Foundation
import Glibc
import HookTesting
import Synchronization

/// A TFTP server of the test's own, on a thread: one transfer after the other, from a port of its own as RFC 1350 wants it.
final class FakeTFTP: Sendable {
    /// What is sent for a packet of the client's. `number` counts them from 0, the request among them.
    typealias Answer = @Sendable (_ packet: [UInt8], _ number: Int) -> [[UInt8]]

    let port: UInt16
    private let isOver = Mutex(false)

    /// - Parameter junk: what somebody else sends to the client, from another port, before each answer but the first.
    init(junk: [[UInt8]] = [], _ answer: @escaping Answer) throws {
        let (listener, port) = try Self.bound()
        self.port = port
        let transfer = try Self.bound().descriptor
        let stranger = try Self.bound().descriptor
        Thread.detachNewThread { [weak self] in
            defer { for descriptor in [listener, transfer, stranger] { close(descriptor) } }
            var number = 0
            while let self, !self.isOver.withLock({ $0 }) {
                var ready = [listener, transfer].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
                guard poll(&ready, 2, 10) > 0 else { continue }
                for source in ready where source.revents != 0 {
                    var buffer = [UInt8](repeating: 0, count: 2048)
                    var from = sockaddr_in()
                    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
                    let count = Self.with(&from) { recvfrom(source.fd, &buffer, buffer.count, 0, $0, &size) }
                    guard count > 0 else { continue }
                    for packet in junk where number > 0 { Self.send(packet, stranger, &from) }
                    for packet in answer(Array(buffer.prefix(count)), number) { Self.send(packet, transfer, &from) }
                    number += 1
                }
            }
        }
    }

    deinit { isOver.withLock { $0 = true } }

    private static func bound() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard SocketAddress("127.0.0.1", 0).withPointer({ bind(descriptor, $0, $1) }) == 0 else {
            throw NeverCame(description: "no port of UDP")
        }
        var own = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = with(&own) { getsockname(descriptor, $0, &size) }
        return (descriptor, UInt16(bigEndian: own.sin_port))
    }

    private static func send(_ packet: [UInt8], _ descriptor: Int32, _ to: inout sockaddr_in) {
        _ = with(&to) { sendto(descriptor, packet, packet.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }

    private static func with<Value>(_ name: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Value)
        -> Value
    {
        withUnsafeMutablePointer(to: &name) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) } }
    }

    // MARK: A right one

    static func block(_ number: UInt16, of content: [UInt8]) -> [UInt8] {
        [0, 3, UInt8(number >> 8), UInt8(number & 255)] + content.dropFirst(Int(number &- 1) * 512).prefix(512)
    }

    /// The block that a packet asks for; nil: none any more.
    static func next(_ packet: [UInt8], of content: [UInt8]) -> UInt16? {
        let last = packet.starts(with: [0, 4]) ? UInt16(packet[2]) << 8 | UInt16(packet[3]) : 0
        return Int(last) * 512 > content.count ? nil : last + 1
    }
}
