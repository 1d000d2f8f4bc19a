import Foundation
import FuzzKit
import HookHost
import HookTesting
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
    private func call(_ call: HookCall) throws -> HookSocket { try send(HookFrame(call: call).encoded()) }

    /// The same with any bytes.
    private func send(_ bytes: [UInt8]) throws -> HookSocket {
        guard let socket = HookSocket(connectingTo: path) else { throw POSIXError(.ECONNREFUSED) }
        guard socket.write(bytes, before: Deadline(inMilliseconds: 10_000)) else { throw POSIXError(.EPIPE) }
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

    private func answer(_ socket: borrowing HookSocket) -> (verdict: HookReply.Verdict, text: String)? {
        guard let bytes = socket.read(HookReply.headerLength, before: Deadline(inMilliseconds: 60_000)),
            let (verdict, length) = HookReply.header(bytes[...]),
            let text = socket.read(length, before: Deadline(inMilliseconds: 60_000))
        else { return nil }
        return (verdict, String(decoding: text, as: UTF8.self))
    }

    /// Answers `pre` with what it was sent, until `body` is through.
    private func listening(_ body: () async throws -> Void) async throws {
        let listener = try HookListener(path: path, logger: quiet) { frame, _ in
            HookReply(.proceed, text: frame.fields.first ?? [])
        }
        let running = Task(executorPreference: own) { await listener.run() }
        defer { running.cancel() }
        try await body()
        running.cancel()
        await running.value
    }

    @Test("what is no frame is refused in words; who hangs up in the middle, or is silent, keeps nobody waiting")
    func hostileCallers() async throws {
        try await listening {
            let silent = try (0..<40).map { _ in Held(try send([])) }
            for (bytes, words) in [
                (Array("GET / HTTP/1.1\r\n\r\n".utf8), "not a frame"),
                (Array("LH".utf8) + [1, 9, 0, 0, 0, 0], "unknown call 9"),
                (Array("LH".utf8) + [1, 2, 0, 16, 0, 1], "1048577 bytes"),
                (Array("LH".utf8) + [1, 2, 0, 0, 0, 4, 0, 0, 0, 9], "too early"),
            ] {
                let reply = answer(try send(bytes))
                #expect(reply?.verdict == .refuse && reply?.text.contains(words) == true, "\(words)")
            }
            for count in 0..<4 {
                _ = try send(Array("LH".utf8) + [1, 2, 0, 0, 0, 4] + [UInt8](repeating: 0, count: count))
            }
            let socket = try call(.pre)
            #expect(verdict(socket) == .proceed)
            withExtendedLifetime(silent) {}
        }
        #expect(FileStatus(at: path) == nil, "the socket goes with the daemon")
    }

    @Test("at its place it takes over what a killed daemon left, no live one's socket, and no file of somebody's")
    func places() async throws {
        defer { unlink(path) }
        // A killed one leaves its socket.
        _ = try HookListener(path: path, logger: quiet) { _, _ in HookReply(.proceed) }
        #expect(FileStatus(at: path)?.kind == .other)
        try await listening {
            #expect(throws: SystemError("bind", path, code: EADDRINUSE)) {
                try HookListener(path: path, logger: quiet) { _, _ in HookReply(.refuse) }
            }
            let socket = try call(.pre)
            #expect(verdict(socket) == .proceed)
        }
        try Data("kept".utf8).write(to: URL(filePath: path))
        #expect(throws: SystemError.self) {
            try HookListener(path: path, logger: quiet) { _, _ in HookReply(.proceed) }
        }
        #expect(try FileBytes.read(path, limit: 10).bytes == Array("kept".utf8))
        let long = path + String(repeating: "x", count: 100)
        #expect(throws: SystemError("bind", long, code: ENAMETOOLONG)) {
            try HookListener(path: long, logger: quiet) { _, _ in HookReply(.proceed) }
        }
    }

    @Test("a handler sees that its caller has hung up, and not before")
    func hungUp() async throws {
        let seen = Mutex<[Bool]>([])
        let listener = try HookListener(path: path, logger: quiet) { _, hasHungUp in
            while !hasHungUp() {
                if seen.withLock({ $0.isEmpty }) { seen.withLock { $0 = [false] } }
                await Task.yield()
            }
            seen.withLock { $0.append(true) }
            return HookReply(.proceed)
        }
        let running = Task(executorPreference: own) { await listener.run() }
        do {
            let socket = try call(.pre)
            while seen.withLock({ $0.isEmpty }) { await Task.yield() }
            #expect(seen.withLock { $0 } == [false])
            withExtendedLifetime(socket) {}
        }
        while seen.withLock({ $0.count }) < 2 { await Task.yield() }
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

    @Test("in any order of comings and goings: so many at once, one of an address, each in its turn, nobody forgotten")
    func anyOrder() async throws {
        var generator = SplitMix64(seed: Fuzz.seed)
        for limit in 1...3 {
            let turns = FillTurns(limit: limit, patience: .seconds(36_000))
            let entered = Entered()
            // What must be: who runs, who waits in which order, and who has come in until now.
            var (running, waiting, expected) = (Set<Int>(), [(number: Int, address: Int)](), [Int]())
            func admit() {
                guard running.count < limit, let next = waiting.firstIndex(where: { !running.contains($0.address) })
                else { return }
                running.insert(waiting[next].address)
                expected.append(waiting.remove(at: next).number)
            }
            for number in 0..<600 {
                if number < 400, running.isEmpty || Bool.random(using: &generator) {
                    let last = Int.random(in: 1...4, using: &generator)
                    let address = try address(last)
                    waiting.append((number, last))
                    // At once, so that nobody who comes later is before it.
                    Task.immediate { [number] in
                        if await turns.enter(address) { entered.numbers.withLock { $0.append(number) } }
                    }
                } else if let last = running.randomElement(using: &generator) {
                    running.remove(last)
                    turns.leave(try address(last))
                }
                admit()
                try await eventually("\(expected.suffix(5))") {
                    entered.numbers.withLock { $0.count } >= expected.count
                }
                try #require(entered.numbers.withLock { $0 } == expected)
                #expect(turns.isAwaited == !waiting.isEmpty)
            }
            #expect(waiting.isEmpty)
        }
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

    private final class Entered: Sendable { let numbers = Mutex<[Int]>([]) }

    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }

    private func address(_ last: Int) throws -> IPAddress { try #require(IPAddress("10.0.0.\(last)")) }
}
