import Foundation
import HookTesting
import LinboModel
import Synchronization
import Torrent

@testable import Tracker

/// A tracker on loopback, and clients of it.
struct TrackerLab: Sendable {
    let tracker: Tracker
    let changes: Changes

    /// What the tracker told.
    final class Changes: Sendable {
        private let told = Mutex<[PeerChange]>([])
        func add(_ change: PeerChange) { told.withLock { $0.append(change) } }
        var all: [PeerChange] { told.withLock { $0 } }
    }

    static func open(
        places: any PeerPlaces = FlatNetwork(), _ change: (inout TrackerSettings) -> Void = { _ in },
        _ body: (TrackerLab) async throws -> Void
    ) async throws {
        var settings = TrackerSettings(listen: [ListenAddress(address: IPAddress(v4: 0x7F00_0001), port: 0)])
        change(&settings)
        let changes = Changes()
        let tracker = try Tracker(settings, places: places) { changes.add($0) }
        let running = Task { await tracker.run() }
        do {
            try await body(TrackerLab(tracker: tracker, changes: changes))
        } catch {
            running.cancel()
            await running.value
            throw error
        }
        running.cancel()
        await running.value
    }

    /// An answer, its head and its body.
    func get(_ target: String, from address: String = "127.0.0.1") async throws -> (head: String, body: [UInt8]) {
        try await TrackerLab.get(target, from: address, port: tracker.port)
    }

    static func get(
        _ target: String, from address: String, port: UInt16
    ) async throws -> (head: String, body: [UInt8]) {
        let socket = try RawSocket(SOCK_STREAM, from: address, to: port)
        socket.send(Array("GET \(target) HTTP/1.1\r\nHost: tracker\r\n\r\n".utf8))
        let answer = try await socket.readToEnd()
        let end = answer.indices.first { answer[$0...].starts(with: Array("\r\n\r\n".utf8)) }
        guard let end else { throw NeverCame(description: "a head in \(String(decoding: answer, as: UTF8.self))") }
        return (String(decoding: answer[..<end], as: UTF8.self), Array(answer[(end + 4)...]))
    }

    /// An announce's answer.
    func announce(_ query: String, from address: String = "127.0.0.1") async throws -> Bencode {
        try BencodeReader.parse(try await get("/announce?\(query)", from: address).body)
    }

    /// The address and port of each peer in a compact answer.
    static func peers(_ bytes: ArraySlice<UInt8>?) -> [String] {
        let bytes = Array(bytes ?? [])
        return stride(from: 0, to: bytes.count - bytes.count % 6, by: 6).map { start in
            let port = Int(bytes[start + 4]) << 8 | Int(bytes[start + 5])
            return "\(bytes[start..<start + 4].map { "\($0)" }.joined(separator: ".")):\(port)"
        }
    }
}
