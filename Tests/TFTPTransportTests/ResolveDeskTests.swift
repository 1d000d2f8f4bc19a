import Dispatch
import Glibc
import HookHost
import LinboModel
import LinuxKit
import Synchronization
import Testing

@testable import TFTPTransport

/// What plugins are asked, and in which order: everybody can ask in the name of any address.
@Suite("TFTP's desk for plugins") struct ResolveDeskTests {
    /// Opens for all who wait, once.
    private final class Gate: Sendable {
        private let semaphore = DispatchSemaphore(value: 0)
        let passed = Atomic<Int>(0)

        func wait() {
            passed.add(1, ordering: .relaxed)
            semaphore.wait()
            semaphore.signal()
        }

        func open() { semaphore.signal() }
    }

    private static func source(_ number: UInt32) throws -> Peer.Source {
        let name = SocketName(IPAddress(v4: 0x0A00_0000 + number).bytes, port: 7)
        return try #require(name.withPointer { name, _ in Peer(name) }).source
    }

    private static func question(
        _ address: UInt32, _ path: String, isKnown: Bool = true, _ work: @escaping @Sendable () -> Void = {}
    ) throws -> ResolveDesk.Question {
        let key = ResolveDesk.Key(source: try source(address), path: try TreePath(path), mode: .octet)
        return ResolveDesk.Question(key: key, isKnown: isKnown) { _ in
            work()
            return Resolver.Result(content: .nothing, host: nil, path: key.path, delivery: nil)
        }
    }

    /// Collects what an engine would be told.
    private final class Listener {
        let mailbox: EngineMailbox
        var resolved: [UInt64] = []
        var dropped: [UInt64] = []
        var late: [UInt64] = []

        init() throws { mailbox = try EngineMailbox("test") }

        func waiter(_ number: UInt64) -> ResolveDesk.Waiter { .init(mailbox: mailbox, number: number) }

        func wait(_ condition: (Listener) -> Bool) async {
            while !condition(self) {
                for message in mailbox.take() {
                    switch message {
                    case .resolved(let number, _): resolved.append(number)
                    case .dropped(let number): dropped.append(number)
                    case .late(let number): late.append(number)
                    case .snapshot, .stop: break
                    }
                }
                await Task.yield()
            }
        }
    }

    @Test("a plugin that hangs keeps no place; others are answered, and so is its client once it is back")
    func hangingPlugin() async throws {
        let (desk, listener, gate) = (ResolveDesk(patience: .seconds(30)), try Listener(), Gate())
        let hanging = try Self.question(1, "hanging") { gate.wait() }
        for number: UInt64 in [1, 2] {
            #expect(desk.ask(hanging, listener.waiter(number)) == .waits)
            while gate.passed.load(ordering: .relaxed) < Int(number) { await Task.yield() }
            desk.giveUpOverdue(at: Engine.clock() + 31 * Engine.second)
            await listener.wait { $0.late == Array(1...number) }
        }
        // Not for ever one thread more.
        #expect(desk.ask(hanging, listener.waiter(3)) == .stuck)
        for number: UInt64 in 10..<30 {
            #expect(desk.ask(try Self.question(1, "\(number)"), listener.waiter(number)) == .waits)
        }
        await listener.wait { $0.resolved.count == 20 }
        gate.open()
        // What it has made after all is told, to be given back.
        await listener.wait { $0.resolved.contains(1) && $0.resolved.contains(2) }
        #expect(desk.ask(hanging, listener.waiter(4)) == .waits)
        await listener.wait { $0.resolved.contains(4) }
    }

    @Test("strangers' requests for what plugins make keep no PC of the school waiting, and are bounded")
    func strangers() async throws {
        let (desk, listener, gate) = (ResolveDesk(patience: .seconds(30)), try Listener(), Gate())
        var full = 0
        for number: UInt32 in 0..<2000 {
            let question = try Self.question(number / 4, "\(number)", isKnown: false) { gate.wait() }
            if desk.ask(question, listener.waiter(UInt64(number))) == .full { full += 1 }
        }
        // One is being answered.
        #expect(full >= 2000 - 129 && gate.passed.load(ordering: .relaxed) <= 1)
        for number: UInt64 in 5000..<5100 {
            #expect(desk.ask(try Self.question(9999, "\(number)"), listener.waiter(number)) == .waits)
            await listener.wait { $0.resolved.contains(number) }
        }
        gate.open()
        await listener.wait { $0.resolved.count == 100 + 2000 - full }
    }

    @Test("N6: one question of one address is asked once for all who wait; beyond a limit the oldest give way")
    func shared() async throws {
        let (desk, listener, gate) = (ResolveDesk(patience: .seconds(30)), try Listener(), Gate())
        // Four of one address may run.
        for number: UInt64 in 0..<4 {
            _ = desk.ask(try Self.question(1, "busy\(number)") { gate.wait() }, listener.waiter(number))
        }
        let count = Gate()
        count.open()
        for number: UInt64 in 100..<3100 {
            let question = try Self.question(1, "same") { count.wait() }
            #expect(desk.ask(question, listener.waiter(number)) == .waits)
        }
        await listener.wait { $0.dropped.count == 3000 - 512 }
        gate.open()
        await listener.wait { $0.resolved.count == 4 + 512 }
        #expect(count.passed.load(ordering: .relaxed) == 1)
        #expect(listener.resolved.contains(3099) && listener.dropped.first == 100)
    }

    @Test("N6: an address that asks for more and more keeps no other one waiting")
    func turns() async throws {
        let (desk, listener) = (ResolveDesk(patience: .seconds(30)), try Listener())
        for round: UInt64 in 0..<20 {
            for number: UInt64 in 0..<500 {
                _ = desk.ask(try Self.question(1, "\(round)/\(number)"), listener.waiter(number))
            }
            let own = 1_000_000 + round
            #expect(desk.ask(try Self.question(2, "own\(round)"), listener.waiter(own)) == .waits)
            await listener.wait { $0.resolved.contains(own) }
        }
        #expect(listener.dropped.allSatisfy { $0 < 1000 })
    }
}
