import LinuxKit
import Synchronization
import Testing

@Suite struct AsyncSignalTests {
    @Test func oneBeforeTheWaitIsNotLost() async {
        let signal = AsyncSignal()
        signal.send()
        await signal.wait(atMost: .seconds(600))
    }

    @Test func oneDuringTheWaitEndsIt() async {
        let signal = AsyncSignal()
        async let wait: Void = signal.wait(atMost: .seconds(600))
        signal.send()
        await wait
    }

    @Test func theEndOfTheTaskEndsIt() async {
        let signal = AsyncSignal()
        let waiter = Task { await signal.wait(atMost: .seconds(600)) }
        waiter.cancel()
        await waiter.value
    }

    @Test("what is sent several times before a wait is one signal, and the wait after it ends with its time")
    func countsOnce() async {
        let signal = AsyncSignal()
        for _ in 0..<5 { signal.send() }
        await signal.wait(atMost: .seconds(600))
        await signal.wait(atMost: .milliseconds(1))
    }

    @Test("whatever is put down before a signal is seen by one who waits for signals, however they race")
    func noneIsLost()
        async
    {
        let signal = AsyncSignal()
        let items = Items()
        let senders = (0..<8).map { _ in
            Task {
                for _ in 0..<250 {
                    items.count.withLock { $0 += 1 }
                    signal.send()
                    await Task.yield()
                }
            }
        }
        var seen = 0
        while seen < 2000 {
            await signal.wait(atMost: .seconds(600))
            seen += items.count.withLock { items in
                defer { items = 0 }
                return items
            }
        }
        for sender in senders { await sender.value }
        #expect(seen == 2000)
    }

    private final class Items: Sendable {
        let count = Mutex(0)
    }
}
