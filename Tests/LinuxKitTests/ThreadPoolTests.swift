import HookTesting
import LinuxKit
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
    private func begin(_ count: Int, on pool: ThreadPool, _ body: @escaping @Sendable () -> Void) -> [Task<Void, Never>]
    {
        (0..<count).map { _ in Task(executorPreference: pool) { body() } }
    }

    @Test("as many block at once as may, and the others after them") func limit() async throws {
        let (pool, gate) = (ThreadPool("test", limit: 3), Gate())
        let tasks = begin(8, on: pool) { gate.pass() }
        try await eventually("three are at it") { gate.held == 3 }
        gate.open(8)
        for task in tasks { await task.value }
        #expect(gate.most == 3)
    }

    @Test("where all hang, one thread more takes what waits already, and not only what comes later")
    func anotherThread() async throws {
        let (pool, hangs, waits) = (ThreadPool("test", limit: 2), Gate(), Gate())
        let hanging = begin(2, on: pool) { hangs.pass() }
        try await eventually("both threads hang") { hangs.held == 2 }
        let waiting = begin(1, on: pool) { waits.pass() }
        pool.grow()
        try await eventually("the third one is at it") { waits.held == 1 }
        #expect(hangs.held == 2)
        hangs.open(2)
        waits.open(1)
        for task in hanging + waiting { await task.value }
    }

    @Test("when the thread that hung is back, there are as many as before") func shrinking() async throws {
        let (pool, hangs, gate) = (ThreadPool("test", limit: 1), Gate(), Gate())
        let hanging = begin(1, on: pool) { hangs.pass() }
        try await eventually("it hangs") { hangs.held == 1 }
        pool.grow()
        for task in begin(1, on: pool, {}) { await task.value }
        pool.shrink()
        hangs.open(1)
        for task in hanging { await task.value }
        let tasks = begin(20, on: pool) { gate.pass() }
        gate.open(20)
        for task in tasks { await task.value }
        #expect(gate.most == 1)
    }

    @Test("all that is given is done, once, while the pool grows and shrinks") func nothingIsLost() async {
        let pool = ThreadPool("test", limit: 2)
        let done = await withTaskGroup(of: Int.self) { group in
            for number in 0..<2000 {
                group.addTask(executorPreference: pool) {
                    if number % 10 == 0 { pool.grow() }
                    await Task.yield()
                    if number % 10 == 0 { pool.shrink() }
                    return 1
                }
            }
            return await group.reduce(0, +)
        }
        #expect(done == 2000)
    }
}
