import Foundation
import HookTesting
import LinuxKit
import Synchronization
import Testing
import Torrent

@testable import Seeding

/// A peer that says one thing at a time.
final class RawPeer {
    private let descriptor: Int32
    private var bytes: [UInt8] = []

    /// - Parameter address: from which it comes.
    init(_ lab: SeedLab, from address: String = "127.0.0.1") throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let isBound = SocketAddress(address, 0).withPointer { bind(descriptor, $0, $1) } == 0
        let port = lab.seeder.port
        try #require(isBound && SocketAddress("127.0.0.1", port).withPointer { connect(descriptor, $0, $1) } == 0)
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        try #require(count == bytes.count)
    }

    static func message(_ kind: UInt8, _ numbers: Int..., rest: [UInt8] = []) -> [UInt8] {
        func big(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
        return big(1 + 4 * numbers.count + rest.count) + [kind] + numbers.flatMap(big) + rest
    }

    /// Says hello, waits for the seeder's, and for all that it has.
    func greet(_ torrent: TorrentFile) async throws {
        let name = Array("-XX0001-abcdefghijkl".utf8)
        try send(PeerHandshake(infoHash: torrent.infoHash.bytes, peerID: name).encoded)
        let hello = try #require(try await read(PeerHandshake.length))
        let answer = try #require(PeerHandshake(hello[...]))
        #expect(answer.infoHash == torrent.infoHash.bytes && answer.peerID == SeedEngine.peerID)
        let field = try #require(try await message())
        #expect(try PeerMessage(field[...]) == .bitfield(torrent.pieceCount))
    }

    /// Is interested, and waits until it may ask.
    func unchoke() async throws {
        try send(Self.message(2))
        let answer = try await message()
        #expect(answer == [1])
    }

    /// The bytes of a block; nil: it was sent away.
    func block(_ piece: Int, _ begin: Int, _ length: Int) async throws -> [UInt8]? {
        try send(Self.message(6, piece, begin, length))
        guard let answer = try await message() else { return nil }
        #expect(answer.prefix(9) == Self.message(7, piece, begin, rest: []).dropFirst(4).prefix(9))
        return Array(answer.dropFirst(9))
    }

    /// nil: the seeder has closed the connection.
    func message() async throws -> [UInt8]? {
        guard let length = try await read(4) else { return nil }
        return try await read(PeerMessage.bigEndian32(length[...]))
    }

    func isSentAway() async throws -> Bool { try await message() == nil }

    /// Takes what is there, until there is enough.
    private func read(_ count: Int) async throws -> [UInt8]? {
        var isOver = false
        try await eventually("\(count) bytes of the seeder") {
            guard bytes.count < count else { return true }
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            let got = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if got > 0 { bytes += buffer.prefix(got) }
            isOver = got == 0 || got < 0 && errno != EAGAIN
            return isOver || bytes.count >= count
        }
        guard bytes.count >= count else { return nil }
        defer { bytes.removeFirst(count) }
        return Array(bytes.prefix(count))
    }
}
