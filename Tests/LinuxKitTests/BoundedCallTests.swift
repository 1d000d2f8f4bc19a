import HookTesting
import Synchronization
import Testing

@testable import LinuxKit

@Suite struct BoundedCallTests {
    private struct Own: Error {}

    private let pool = ThreadPool("test calls", limit: 64)
    private let short = Duration.milliseconds(20)

    @Test(
        "the limit that has passed is told in a unit that shows it",
        arguments: [
            (Duration.seconds(30), "30s"), (.seconds(120), "120s"), (.seconds(4000), "4000s"),
            (.milliseconds(50), "50ms"), (.milliseconds(1500), "1500ms"),
        ])
    func overdue(_ limit: Duration, _ text: String) {
        #expect("\(Overdue(limit: limit))" == "no answer within \(text)")
    }

    @Test("what the call returns or throws is the caller's, many at once") func outcomes() async throws {
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<300 {
                group.addTask { [pool] in
                    try await BoundedCall.run(within: .seconds(600), on: pool) { _ in
                        await Task.yield()
                        return number
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 299 * 150)
        await #expect(throws: Own.self) {
            try await BoundedCall<Int>.run(within: .seconds(600), on: pool) { _ in throw Own() }
        }
    }

    @Test("whoever waits is told at the limit, though the thread hangs; what comes of it later is nobody's")
    func hanging() async throws {
        let gate = Gate()
        let sees = Mutex<Bool?>(nil)
        let error = await #expect(throws: Overdue.self) {
            try await BoundedCall<Int>.run(within: short, on: pool) { call in
                gate.pass()
                sees.withLock { $0 = call.isAbandoned }
                return 7
            }
        }
        #expect(error?.limit == short && gate.held == 1)
        gate.open(1)
        try await eventually("it comes to its end") { sees.withLock { $0 } != nil }
        #expect(sees.withLock { $0 } == true)
    }

    @Test("a call that sleeps is cancelled at its limit, and that is not taken for its own end") func cancelled()
        async throws
    {
        let wasCancelled = Atomic(false)
        await #expect(throws: Overdue.self) {
            try await BoundedCall<Void>.run(within: short, on: pool) { _ in
                do { try await Task.sleep(for: .seconds(3600)) } catch {
                    wasCancelled.store(true, ordering: .releasing)
                    throw error
                }
            }
        }
        try await eventually("it was cancelled") { wasCancelled.load(ordering: .acquiring) }
    }

    @Test("while it waits for somebody else its clock stands still, and begins anew then") func pauses() async throws {
        let limit = Duration.seconds(2)
        let (gate, pool) = (Gate(), pool)
        async let paused = BoundedCall<Bool>.run(within: limit, on: pool) { call in
            await call.paused { gate.pass() }
            return call.isAbandoned
        }
        try await eventually("it is paused") { gate.held == 1 }
        await #expect(throws: Overdue.self, "one that began later and is not paused") {
            try await BoundedCall<Void>.run(within: limit, on: pool) { _ in
                try await Task.sleep(for: .seconds(3600))
            }
        }
        gate.open(1)
        #expect(try await !paused)
        await #expect(throws: Overdue.self, "the clock that begins anew") {
            try await BoundedCall<Void>.run(within: short, on: pool) { call in
                await call.paused {}
                try await Task.sleep(for: .seconds(3600))
            }
        }
    }
}
