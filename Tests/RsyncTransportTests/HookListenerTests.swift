import Foundation
import HookHost
import HookWire
import LinboModel
import LinuxKit
import Logging
import Synchronization
import Testing

@testable import RsyncTransport

@Suite struct HookListenerTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let path = "/tmp/linbo-hookd-\(UUID().uuidString.prefix(8)).sock"

    /// The tests themselves hold the threads that tasks run on.
    private let own = BlockingExecutor(label: "listener")

    /// Sends a call and does not wait for its answer.
    private func call(_ call: HookCall) throws -> HookSocket {
        guard let socket = HookSocket(connectingTo: path) else { throw POSIXError(.ECONNREFUSED) }
        guard socket.write(try HookFrame(call: call).encoded(), before: Deadline(inMilliseconds: 10_000)) else {
            throw POSIXError(.EPIPE)
        }
        return socket
    }

    /// The next verdict but signs of life, unless one is wanted.
    private func verdict(_ socket: borrowing HookSocket, skipsHolds: Bool = true) -> HookReply.Verdict? {
        while true {
            guard let bytes = socket.read(HookReply.headerLength, before: Deadline(inMilliseconds: 60_000)),
                let (verdict, _) = HookReply.header(bytes[...])
            else { return nil }
            if verdict != .hold || !skipsHolds { return verdict }
        }
    }

    @Test("N7: calls that hold their threads keep no other call from its answer")
    func heldThreads() async throws {
        let gate = DispatchSemaphore(value: 0)
        let listener = try HookListener(path: path, logger: quiet) { frame, _ in
            if frame.call == .pre { gate.wait() }
            return HookReply(.proceed)
        }
        let running = Task(executorPreference: own) { await listener.run() }
        let first = try call(.pre)
        let others = try (0..<20).map { _ in Held(try call(.pre)) }
        let quick = try call(.post)
        #expect(verdict(quick) == .proceed)
        for _ in 0...20 { gate.signal() }
        #expect(verdict(first) == .proceed)
        for other in others { #expect(other.verdict { verdict($0) } == .proceed) }
        running.cancel()
        await running.value
    }

    @Test("its socket is for the owner and the group, and what other threads make meanwhile is as they want it")
    func modes() async throws {
        let directory = "\(path).files"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        mkdir(directory, 0o755)
        let making = Task.detached { [directory] in
            for number in 0..<3000 { mkdir("\(directory)/\(number)", 0o711) }
        }
        for _ in 0..<300 {
            _ = try HookListener(path: path, logger: quiet) { _, _ in HookReply(.proceed) }
            #expect(FileStatus(at: path).map { $0.mode & 0o777 } == 0o660)
        }
        await making.value
        for number in 0..<3000 {
            try #require(FileStatus(at: "\(directory)/\(number)").map { $0.mode & 0o777 } == 0o711)
        }
        unlink(path)
    }

    @Test("a call that never ends gives signs of life for a bounded time")
    func bounded() async throws {
        let gate = DispatchSemaphore(value: 0)
        let listener = try HookListener(path: path, longest: { _ in .milliseconds(900) }, logger: quiet) { _, _ in
            gate.wait()
            return HookReply(.proceed)
        }
        let running = Task(executorPreference: own) { await listener.run() }
        let socket = try call(.pre)
        #expect(verdict(socket, skipsHolds: false) == .hold)
        // Then silence, upon which linbo-hook turns to `once`.
        var isSilent = false
        while !isSilent {
            isSilent = socket.read(HookReply.headerLength, before: Deadline(inMilliseconds: 3000)) == nil
        }
        gate.signal()
        running.cancel()
        await running.value
    }

    /// A socket in an array.
    private final class Held {
        private let socket: HookSocket
        init(_ socket: consuming HookSocket) { self.socket = socket }
        func verdict(_ body: (borrowing HookSocket) -> HookReply.Verdict?) -> HookReply.Verdict? { body(socket) }
    }
}

@Suite struct FillTurnsTests {
    @Test func oneForAnAddressAndSoManyInAll() async throws {
        let turns = FillTurns(limit: 2)
        let (a, b, c) = (try address(1), try address(2), try address(3))
        #expect(await turns.enter(a))
        #expect(await turns.enter(b))
        let third = Flag()
        let again = Task {
            #expect(await turns.enter(a))
            let hadItsTurn = third.isSet.load(ordering: .relaxed)
            #expect(hadItsTurn)
            turns.leave(a)
        }
        let other = Task {
            #expect(await turns.enter(c))
            third.isSet.store(true, ordering: .relaxed)
            turns.leave(c)
        }
        turns.leave(b)
        await other.value
        turns.leave(a)
        await again.value
    }

    @Test("who has waited for too long goes without a turn") func tooLong() async throws {
        let turns = FillTurns(limit: 1, patience: .zero)
        let (a, b) = (try address(1), try address(2))
        #expect(await turns.enter(a))
        async let late = turns.enter(b)
        while !turns.isAwaited { await Task.yield() }
        turns.leave(a)
        #expect(await !late)
    }

    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }

    private func address(_ last: Int) throws -> IPAddress { try #require(IPAddress("10.0.0.\(last)")) }
}
