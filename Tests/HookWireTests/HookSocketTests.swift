import Foundation
import FuzzKit
import Glibc
import HookTesting
import HookWire
import LinuxKit
import Synchronization
import Testing

/// What the other end can do: send in pieces, stop in the middle, read nothing, be gone.
@Suite struct HookSocketTests {
    /// Two ends of one connection that block, as accept(2) gives them.
    private func ends() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private func frame(_ length: Int) throws -> [UInt8] {
        let fields = length < 4 ? [] : [[UInt8](repeating: 7, count: length - 4)]
        return try HookFrame(call: .pre, fields: fields).encoded()
    }

    /// Around what one recv(2) takes, and up to the limit.
    @Test("a frame comes whole, however it is cut", arguments: [0, 4, 4087, 4088, 4089, 9000, HookFrame.maximumLength])
    func pieces(_ length: Int) async throws {
        let (ours, theirs) = try ends()
        let bytes = try frame(length)
        NamedThread.start("sender") {
            var generator = SplitMix64(seed: Fuzz.seed)
            var rest = bytes[...]
            while !rest.isEmpty {
                let most = Bool.random(using: &generator) ? 5 : 100_000
                let piece = Array(rest.prefix(Int.random(in: 1...most, using: &generator)))
                let sent = send(theirs, piece, piece.count, Int32(MSG_NOSIGNAL))
                guard sent > 0 else { break }
                rest = rest.dropFirst(sent)
            }
            close(theirs)
        }
        let read = try HookSocket(owning: ours).readFrame(before: Deadline(inMilliseconds: 60_000))
        #expect(try read?.encoded() == bytes)
    }

    @Test("a frame that ends too early is none, wherever it ends")
    func cutOff() throws {
        let bytes = try HookFrame(call: .post, fields: [Array("RSYNC_PID=7".utf8), []]).encoded()
        for count in 0..<bytes.count {
            let (ours, theirs) = try ends()
            #expect(send(theirs, bytes, count, Int32(MSG_NOSIGNAL)) == count)
            close(theirs)
            let frame = try HookSocket(owning: ours).readFrame(before: Deadline(inMilliseconds: 60_000))
            #expect(frame == nil, "\(count)")
        }
    }

    @Test("a header that is none is told at once, and nothing is waited for behind it")
    func hostileHeader() throws {
        for bytes in [Array("LH".utf8) + [1, 2, 255, 255, 255, 255], Array("GET / HTTP/1.1\r\n".utf8)] {
            let (ours, theirs) = try ends()
            defer { close(theirs) }
            #expect(send(theirs, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
            #expect(throws: HookFrameError.self) {
                try HookSocket(owning: ours).readFrame(before: Deadline(inMilliseconds: 600_000))
            }
        }
    }

    @Test("a peer that sends nothing, or reads nothing, holds nobody beyond the deadline")
    func deadline() async throws {
        let (ours, theirs) = try ends()
        defer { close(theirs) }
        let results = Mutex<[Bool]>([])
        NamedThread.start("writer") {
            let socket = HookSocket(owning: ours)
            let isRead = socket.read(1, before: Deadline(inMilliseconds: 10)) != nil
            let isWritten = socket.write([UInt8](repeating: 0, count: 8 << 20), before: Deadline(inMilliseconds: 10))
            results.withLock { $0 = [isRead, isWritten] }
        }
        try await eventually("both are given up") { results.withLock { $0 } == [false, false] }
    }

    @Test("to write to a peer that is gone fails, and ends nobody")
    func gone() throws {
        let (ours, theirs) = try ends()
        close(theirs)
        let isWritten = HookSocket(owning: ours).write([1], before: Deadline(inMilliseconds: 60_000))
        #expect(!isWritten)
    }

    private func failure(_ path: String) -> Int32 {
        HookSocket(connectingTo: path) == nil ? errno : 0
    }

    @Test("where nobody listens, or nobody takes calls, that is told at once")
    func nobody() throws {
        let path = "/tmp/linbo-hookd-\(UUID().uuidString.prefix(8)).sock"
        defer { unlink(path) }
        #expect(failure(path) == ENOENT)
        let listening = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(withUnixAddress(path) { bind(listening, $0, $1) } == 0)
        #expect(failure(path) == ECONNREFUSED)
        listen(listening, 0)
        let queued = (0..<10).map { _ in
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            _ = withUnixAddress(path) { connect(descriptor, $0, $1) }
            return descriptor
        }
        #expect(failure(path) == EAGAIN)
        for descriptor in queued + [listening] { close(descriptor) }
    }

    @Test("a path that is too long for a socket is told, and never cut", arguments: [(107, 0), (108, ENAMETOOLONG)])
    func longPath(_ length: Int, _ code: Int32) {
        errno = 0
        let result = withUnixAddress(String(repeating: "a", count: length)) { address, size in
            address.withMemoryRebound(to: sockaddr_un.self, capacity: 1) { address in
                withUnsafeBytes(of: address.pointee.sun_path) { Int32($0.firstIndex(of: 0) ?? $0.count) }
            }
        }
        #expect(code == 0 ? result == length : result == -1 && errno == code)
    }
}
