import Foundation
import Glibc

/// A TFTP client that does what the test says, a packet at a time: what no client of the world does on purpose.
package final class RawClient: Sendable {
    /// What a server sent.
    package enum Packet: Hashable, Sendable {
        case data(block: UInt16, [UInt8])
        case options([String: String])
        case error(code: UInt16, String)
        case other([UInt8])
    }

    /// Where it asks from: a port that no other one of this process had.
    package let address: SocketAddress
    private let descriptor: Int32
    private let server: SocketAddress

    /// - Parameter local: its own address.
    package init(_ local: String = "127.0.0.1", asking server: SocketAddress) throws {
        self.server = server
        (address, descriptor) = try ClientPorts.bound(local)
    }

    deinit {
        close(descriptor)
    }

    /// A socket that nobody else can bind the same address of.
    package static func bound(_ local: SocketAddress) throws -> Int32 {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(local.isIPv4 ? AF_INET : AF_INET6, kind, 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        guard local.withPointer({ bind(descriptor, $0, $1) }) == 0 else {
            let code = POSIXErrorCode(rawValue: errno) ?? .EIO
            close(descriptor)
            throw POSIXError(code)
        }
        return descriptor
    }

    /// Whether nobody has the UDP port.
    package static func isFree(_ port: UInt16) -> Bool {
        guard let descriptor = try? bound(SocketAddress("0.0.0.0", port)) else { return false }
        close(descriptor)
        return true
    }

    // MARK: Sending

    /// Sends a read request.
    package func ask(_ name: String, mode: String = "octet", _ options: KeyValuePairs<String, String> = [:]) {
        ask(Array(name.utf8), mode: mode, options)
    }

    /// The same for a name that need not be text.
    package func ask(_ name: [UInt8], mode: String = "octet", _ options: KeyValuePairs<String, String> = [:]) {
        let strings = [Array(mode.utf8)] + options.flatMap { [Array($0.key.utf8), Array($0.value.utf8)] }
        send([0, 1] + name + [0] + strings.flatMap { $0 + [0] }, to: server)
    }

    /// Sends an acknowledgement.
    package func acknowledge(_ block: UInt16, to peer: SocketAddress) {
        send([0, 4, UInt8(block >> 8), UInt8(block & 0xFF)], to: peer)
    }

    /// Sends an error.
    package func fail(_ code: UInt8, _ text: String, to peer: SocketAddress) {
        send([0, 5, 0, code] + Array(text.utf8) + [0], to: peer)
    }

    private func send(_ bytes: [UInt8], to peer: SocketAddress) {
        _ = peer.withPointer { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
    }

    // MARK: Receiving

    /// The next packet and where it came from.
    package func receive() async throws -> (packet: Packet, peer: SocketAddress) {
        var received: (Packet, SocketAddress)?
        try await eventually("a packet of the server's") {
            received = self.received()
            return received != nil
        }
        guard let received else { throw NeverCame(description: "no packet") }
        return received
    }

    /// Acknowledges a block, 0 for the options.
    /// - Returns: what comes then. What was sent before comes again, if the server waited too long for it.
    package func next(after block: UInt16, from peer: SocketAddress) async throws -> Packet {
        acknowledge(block, to: peer)
        while true {
            let packet = try await receive().packet
            switch packet {
            case .options: continue
            case .data(let number, _) where number == block: continue
            default: return packet
            }
        }
    }

    /// nil if none waits.
    package func received() -> (packet: Packet, peer: SocketAddress)? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var name = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let count = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(descriptor, &buffer, buffer.count, 0, $0, &size)
            }
        }
        guard count >= 0, let peer = SocketAddress(name) else { return nil }
        return (Packet(Array(buffer.prefix(count))), peer)
    }

    /// Asks, again until there is an answer, as firmware does.
    package func firstAnswer(
        to name: String, _ options: KeyValuePairs<String, String> = [:]
    ) async throws -> (packet: Packet, peer: SocketAddress) {
        var answer: (Packet, SocketAddress)?
        try await eventually("an answer to \(name)") {
            self.ask(name, options)
            answer = self.received()
            return answer != nil
        }
        guard let answer else { throw NeverCame(description: "no answer") }
        return answer
    }

    /// Goes on to the end of a transfer whose first packet is `packet`.
    /// - Throws: `TransferError` for an error of the server's.
    package func rest(after packet: Packet, from peer: SocketAddress, blockSize: Int = 512) async throws -> [UInt8] {
        var content: [UInt8] = []
        var blockSize = blockSize
        var expected: UInt16 = 1
        var packet = packet
        while true {
            switch packet {
            case .options(let options):
                blockSize = options["blksize"].flatMap { Int($0) } ?? blockSize
                acknowledge(0, to: peer)
            case .data(let block, let bytes):
                if block == expected {
                    content += bytes
                    expected &+= 1
                }
                acknowledge(block, to: peer)
                if bytes.count < blockSize { return content }
            case .error(let code, let text): throw TransferError(code: code, text: text)
            case .other(let bytes): throw NeverCame(description: "an odd packet: \(bytes.prefix(20))")
            }
            packet = try await receive().packet
        }
    }

    /// A whole file.
    /// - Throws: `TransferError` for an error of the server's.
    package func fetch(
        _ name: String, mode: String = "octet", _ options: KeyValuePairs<String, String> = [:]
    ) async throws -> [UInt8] {
        ask(name, mode: mode, options)
        let (packet, peer) = try await receive()
        return try await rest(after: packet, from: peer)
    }

    /// An error that the server sent.
    package struct TransferError: Error, Hashable, CustomStringConvertible {
        package let code: UInt16
        package let text: String

        package var description: String { "error \(code): \(text)" }
    }
}

extension RawClient.Packet {
    /// Of a datagram.
    package init(_ bytes: [UInt8]) {
        guard bytes.count >= 4, bytes[0] == 0 else {
            self = .other(bytes)
            return
        }
        let number = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        switch bytes[1] {
        case 3: self = .data(block: number, Array(bytes.dropFirst(4)))
        case 5: self = .error(code: number, String(decoding: bytes.dropFirst(4).prefix { $0 != 0 }, as: UTF8.self))
        case 6:
            let words = bytes.dropFirst(2).split(separator: 0, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            var options: [String: String] = [:]
            for index in stride(from: 0, to: words.count - 1, by: 2) { options[words[index]] = words[index + 1] }
            self = .options(options)
        default: self = .other(bytes)
        }
    }

    /// nil: it is no error.
    package var errorCode: UInt16? {
        guard case .error(let code, _) = self else { return nil }
        return code
    }
}
